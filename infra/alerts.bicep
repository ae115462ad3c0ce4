// What an operator is woken for. Each alert has a section of its name in docs/runbook.md.
param location string
param tags object
param operatorEmail string
param workspaceId string
param cosmosAccountId string
param systemTopicId string
param topicId string

// A query that finds a row is an alert. Metric names are those of docs/telemetry.md.
var queries = [
  {
    name: 'low-delivery-rate'
    severity: 1
    window: 'PT1H'
    says: 'Fewer than nine in ten messages of the last hour ended well. Fewer than twenty say nothing.'
    query: '''
      AppMetrics
      | where Name == 'landfall.messages.finished'
      | extend status = tostring(Properties['landfall.status'])
      | where status != 'cancelled'
      | summarize good = sumif(Sum, status in ('delivered', 'read', 'sent')), total = sum(Sum)
      | where total >= 20 and good / total < 0.9
    '''
  }
  {
    name: 'no-reports'
    severity: 1
    window: 'PT1H'
    says: 'Providers took messages, and no event of any kind came for an hour: the subscription may be lost.'
    query: '''
      AppMetrics
      | extend answer = tostring(Properties['landfall.answer'])
      | summarize
          taken = sumif(ItemCount, Name == 'landfall.provider.duration' and answer =~ 'accepted'),
          events = sumif(ItemCount, Name == 'landfall.event.delay')
      | where taken >= 5 and events == 0
    '''
  }
  {
    name: 'stuck-workflows'
    severity: 1
    window: 'PT1H'
    says: 'The sweeper has tried to move a message five times without success.'
    query: '''
      AppMetrics
      | where Name == 'landfall.messages.stuck'
      | summarize stuck = sum(Sum)
      | where stuck > 0
    '''
  }
  {
    name: 'old-messages'
    severity: 1
    window: 'PT15M'
    says: 'An unfinished message should have moved more than ten minutes ago.'
    query: '''
      AppMetrics
      | where Name == 'landfall.messages.overdue.age'
      | summarize age = max(Max)
      | where age > 600
    '''
  }
  {
    name: 'silent-sweeper'
    severity: 1
    window: 'PT15M'
    says: 'The sweeper, which runs every minute, has said nothing for a quarter of an hour. Overdue messages are not handled.'
    query: '''
      AppMetrics
      | where Name == 'landfall.messages.overdue.age'
      | summarize sweeps = count()
      | where sweeps == 0
    '''
  }
  {
    name: 'throttled-provider'
    severity: 2
    window: 'PT15M'
    says: 'Communication Services, a carrier or Meta answered 429 more than twenty times in a quarter of an hour.'
    query: '''
      AppMetrics
      | where Name == 'landfall.provider.duration' and tostring(Properties['landfall.reason']) == 'throttled'
      | summarize throttled = sum(ItemCount)
      | where throttled > 20
    '''
  }
]

// What Event Grid gave up on: a dead letter can be replayed, a dropped event is lost.
var eventCounts = [
  { name: 'dead-letters-of-providers', topicId: systemTopicId, metric: 'DeadLetteredCount', severity: 1 }
  { name: 'dead-letters-of-others', topicId: topicId, metric: 'DeadLetteredCount', severity: 1 }
  { name: 'dropped-events-of-providers', topicId: systemTopicId, metric: 'DroppedEventCount', severity: 0 }
  { name: 'dropped-events-of-others', topicId: topicId, metric: 'DroppedEventCount', severity: 0 }
]

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'landfall-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'landfall'
    emailReceivers: [{ name: 'operator', emailAddress: operatorEmail, useCommonAlertSchema: true }]
  }
}

resource queryAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for each in queries: {
  name: each.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${each.name}: ${each.says}'
    severity: each.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: each.window
    autoMitigate: true
    skipQueryValidation: true // the table is there only once the app has spoken
    criteria: {
      allOf: [{ query: each.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }]
    }
    actions: { actionGroups: [operators.id] }
  }
}]

resource eventAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [for each in eventCounts: {
  name: each.name
  location: 'global'
  tags: tags
  properties: {
    severity: each.severity
    enabled: true
    scopes: [each.topicId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: each.metric
          metricName: each.metric
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}]

// More than a hundred answers of 429 in a quarter of an hour: more than the app's retries make good.
resource throttledStore 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'throttled-store'
  location: 'global'
  tags: tags
  properties: {
    severity: 2
    enabled: true
    scopes: [cosmosAccountId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'TotalRequests'
          metricName: 'TotalRequests'
          dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 100
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}
