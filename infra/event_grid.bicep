// Two ways in for events: what Communication Services tells, and the topic that our own systems publish to and hear.
param location string
param suffix string
param tags object
param identityId string
param principalId string
param communicationServiceId string
param publicNetworkAccess string

var dataSender = 'd5a91429-5739-47e2-a06b-3470a27159e7' // EventGrid Data Sender

resource systemTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgst-landfall-${suffix}'
  location: 'global' // as Communication Services itself
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } } // writes the dead letters
  properties: {
    source: communicationServiceId
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: 'evgt-landfall-${suffix}'
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    inputSchema: 'EventGridSchema'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: topic
  name: guid(topic.id, principalId, dataSender)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output systemTopicId string = systemTopic.id
output systemTopicName string = systemTopic.name
output topicId string = topic.id
output topicName string = topic.name
output topicEndpoint string = topic.properties.endpoint
