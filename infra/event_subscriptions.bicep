// What is delivered to MessageProcessor. Only after the app is deployed: Event Grid asks for a function that exists.
param systemTopicName string
param topicName string
param functionAppId string
param identityId string
param storageAccountId string
param deadLetterContainer string

// One event a call: a batch is acknowledged as a whole, and one bad event would bring all others again.
var destination = {
  endpointType: 'AzureFunction'
  properties: { resourceId: '${functionAppId}/functions/MessageProcessor', maxEventsPerBatch: 1 }
}

// As long and as often as Event Grid offers.
var retries = { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 }

var deadLetters = {
  identity: { type: 'UserAssigned', userAssignedIdentity: identityId }
  deadLetterDestination: {
    endpointType: 'StorageBlob'
    properties: { resourceId: storageAccountId, blobContainerName: deadLetterContainer }
  }
}

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: systemTopicName
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource reportsAndReplies 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: systemTopic
  name: 'reports-and-replies'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: destination
    deadLetterWithResourceIdentity: deadLetters
    retryPolicy: retries
    filter: {
      includedEventTypes: [
        'Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated'
        'Microsoft.Communication.AdvancedMessageReceived'
        'Microsoft.Communication.EmailDeliveryReportReceived'
        'Microsoft.Communication.EmailEngagementTrackingReportReceived'
        'Microsoft.Communication.SMSDeliveryReportReceived'
        'Microsoft.Communication.SMSReceived'
      ]
    }
  }
}

// What our other systems tell. Landfall.Message.StatusChanged is for others, and would only come back to us.
resource toldByOthers 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'told-by-others'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: destination
    deadLetterWithResourceIdentity: deadLetters
    retryPolicy: retries
    filter: {
      includedEventTypes: [
        'Microsoft.Communication.MessageDelivered'
        'Microsoft.Communication.MessageFailed'
        'Microsoft.Communication.MessageReceived'
      ]
    }
  }
}
