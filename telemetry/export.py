"""Where telemetry is exported to."""

import os

from settings import BrokenSettings, read_settings


def begin_export() -> None:
    """Set up the export that TELEMETRY names, when the worker starts, so that its first message is included."""
    try:
        settings = read_settings()
    except BrokenSettings:
        return  # nothing works, and the start says so
    if settings.telemetry == "azure-monitor":
        to_azure_monitor(settings.applicationinsights_connection_string)


def to_azure_monitor(connection_string: str) -> None:
    """Export spans and metrics to Application Insights, for as long as this worker lives.

    Log lines are left out: the Functions host takes them from the worker, and they would come twice. So are the Azure
    SDKs' own spans, since the text of their errors may hold an address. The exporter finds the identity by itself, as
    the host does, in APPLICATIONINSIGHTS_AUTHENTICATION_STRING.
    """
    from azure.monitor.opentelemetry import configure_azure_monitor  # half a second to import, unused on a laptop

    os.environ.setdefault("OTEL_LOGS_EXPORTER", "none")
    configure_azure_monitor(
        connection_string=connection_string,
        # by trace id, so that a message is told whole or not at all; its other default takes some spans a second.
        # OTEL_TRACES_SAMPLER=microsoft.fixed_percentage with OTEL_TRACES_SAMPLER_ARG=0.1 goes before this
        sampling_ratio=1.0,
        enable_live_metrics=False,
        enable_performance_counters=False,
        instrumentation_options={"azure_sdk": {"enabled": False}},
    )
