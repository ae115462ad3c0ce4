// Where records live. The app may read and write documents and nothing else, so the containers are made here.
param location string
param suffix string
param tags object
param principalId string
param publicNetworkAccess string

@description('Most request units a second, shared by all containers; 0 for serverless.')
param maxThroughput int

var dataContributor = '00000000-0000-0000-0000-000000000002' // Cosmos DB Built-in Data Contributor

// Partition keys and indexed fields are those of store/documents.py. What is not asked for is not indexed: it would
// cost at every write.
var containers = [
  { name: 'Messages', partitionKey: 'conversationId', indexed: ['conversationId', 'createdAt', 'dueAt', 'startAt', 'tellAt', 'tendAt', 'heldAt', 'shard'] }
  { name: 'Conversations', partitionKey: 'customerId', indexed: ['customerId', 'updatedAt'] }
  { name: 'Customers', partitionKey: 'id', indexed: ['updatedAt', 'locale', 'tags/[]'] }
  { name: 'Correlations', partitionKey: 'id', indexed: ['dueAt', 'tellAt', 'shard', 'customerId', 'others/[]/customerId', 'sameAs/[]'] }
  { name: 'UnmatchedEvents', partitionKey: 'id', indexed: [] }
  { name: 'Controls', partitionKey: 'id', indexed: [] }
  { name: 'Access', partitionKey: 'kind', indexed: ['kind', 'createdAt'] }
  { name: 'Audit', partitionKey: 'day', indexed: ['day', 'at', 'target'] }
  { name: 'Suppressions', partitionKey: 'channel', indexed: ['channel', 'at'] }
  { name: 'Erasures', partitionKey: 'id', indexed: ['dueAt', 'requestedAt', 'shard'] }
  { name: 'Imports', partitionKey: 'importId', indexed: ['importId', 'number', 'createdAt'] }
  { name: 'Templates', partitionKey: 'name', indexed: ['name', 'updatedAt'] }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' = {
  name: 'cosmos-landfall-${suffix}'
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [{ locationName: location, failoverPriority: 0 }]
    capabilities: maxThroughput == 0 ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicNetworkAccess
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous7Days' } }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = {
  parent: account
  name: 'CommunicationPlatform'
  properties: {
    resource: { id: 'CommunicationPlatform' }
    options: maxThroughput == 0 ? {} : { autoscaleSettings: { maxThroughput: maxThroughput } }
  }
}

resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = [for each in containers: {
  parent: database
  name: each.name
  properties: {
    resource: {
      id: each.name
      partitionKey: { kind: 'Hash', version: 2, paths: ['/${each.partitionKey}'] }
      defaultTtl: -1 // a document expires when it says so itself
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [for field in each.indexed: { path: '/${field}/?' }]
        excludedPaths: [{ path: '/*' }]
      }
    }
  }
}]

resource assignment 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = {
  parent: account
  name: guid(database.id, principalId, dataContributor)
  properties: {
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${dataContributor}'
    principalId: principalId
    scope: '${account.id}/dbs/${database.name}'
  }
}

output id string = account.id
output endpoint string = account.properties.documentEndpoint
