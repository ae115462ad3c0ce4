"""Why a message may not go to a person whom it could reach."""

from domain.clock import to_text
from domain.customers.suppression import Suppression
from domain.messages.attempt import Reason


def why_suppressed(suppression: Suppression) -> Reason:
    """With its evidence: what was said, and when."""
    at = to_text(suppression.at) if suppression.at else ""
    match suppression.reason:
        case "stop":
            return Reason("optedOut", f"The customer wrote STOP from this address, {at}.")
        case "carrier":
            return Reason("optedOut", f"The customer has told the provider to stop, {at}.")
        case "complaint":
            return Reason("suppressed", f"A message to this address was reported as spam, {at}.")
        case "hardBounce":
            return Reason("suppressed", f"The address bounced, {at}.")
        case "manual":
            return Reason("suppressed", f"The address was put on the list of suppressed ones, {at}.")
