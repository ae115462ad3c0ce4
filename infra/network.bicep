// A virtual network for the app's outgoing calls, with a private endpoint for each resource that can have one. Only with
// the parameter privateEndpoints. The app itself stays public: Event Grid delivers to it, and it has callers.
param location string
param suffix string
param tags object
param storageAccountId string
param cosmosAccountId string
param vaultId string
param topicId string

@description('Of the Durable Task Scheduler. Empty: there is none.')
param schedulerId string

// Change them before the first deployment if they overlap with a network that this one is connected to.
var addresses = { network: '10.90.0.0/24', app: '10.90.0.0/25', endpoints: '10.90.0.128/27' }

// Azure names no suffix for Cosmos DB, Event Grid and Durable Task Scheduler: these three are those of the public cloud.
var always = [
  { name: 'blobs', targetId: storageAccountId, groupId: 'blob', zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { name: 'queues', targetId: storageAccountId, groupId: 'queue', zone: 'privatelink.queue.${environment().suffixes.storage}' }
  { name: 'tables', targetId: storageAccountId, groupId: 'table', zone: 'privatelink.table.${environment().suffixes.storage}' }
  { name: 'cosmos', targetId: cosmosAccountId, groupId: 'Sql', zone: 'privatelink.documents.azure.com' }
  { name: 'vault', targetId: vaultId, groupId: 'vault', zone: replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.') }
  { name: 'topic', targetId: topicId, groupId: 'topic', zone: 'privatelink.eventgrid.azure.net' }
]
var withScheduler = [
  { name: 'scheduler', targetId: schedulerId, groupId: 'scheduler', zone: 'privatelink.durabletask.io' }
]
var endpoints = concat(always, empty(schedulerId) ? [] : withScheduler)

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-landfall-${suffix}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addresses.network] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: addresses.app
          delegations: [{ name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: addresses.endpoints }
      }
    ]
  }
}

// One after the other: Azure can refuse two changes of one subnet, or of one account, at the same time.
@batchSize(1)
module privateEndpoints 'private_endpoint.bicep' = [for each in endpoints: {
  name: 'private-endpoint-${each.name}'
  params: {
    location: location
    tags: tags
    name: 'pep-landfall-${each.name}-${suffix}'
    targetId: each.targetId
    groupId: each.groupId
    zoneName: each.zone
    networkId: network.id
    subnetId: '${network.id}/subnets/endpoints'
  }
}]

output appSubnetId string = '${network.id}/subnets/app'
