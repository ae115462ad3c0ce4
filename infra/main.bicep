// Everything Landfall needs in one subscription: a resource group, and one module a concern.
//
// One identity, the app's, holds every role; each module grants it what it needs there and no more. No key and no
// connection string is read anywhere: local authentication is off wherever a service lets us switch it off.
targetScope = 'subscription'

@description('Name of the azd environment, and part of the name of the resource group.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything that has a region. Flex Consumption must be offered there.')
param location string

@description('Where Communication Services keeps its data at rest. It cannot be changed later.')
@allowed([
  'Africa'
  'Asia Pacific'
  'Australia'
  'Brazil'
  'Canada'
  'Europe'
  'France'
  'Germany'
  'India'
  'Japan'
  'Korea'
  'Norway'
  'Switzerland'
  'UAE'
  'UK'
  'United States'
])
param dataLocation string

@description('The email address that gets alerts and budget warnings.')
param operatorEmail string

@description('The number that text messages come from: E.164 or a short code.')
param smsSender string

@description('The id of the WhatsApp channel, a UUID.')
param whatsappChannelId string

@description('A domain of your own to send email from. Empty: the one that Azure manages.')
param emailDomain string = ''

@description('Set by scripts/verify_email_domain.sh once the domain is verified; until then it can send nothing.')
param emailDomainIsVerified bool = false

@description('Set by azure.yaml after a deployment: Event Grid can only deliver to a function that exists.')
param functionIsDeployed bool = false

@description('Instances that always run, for each kind of work: 0 costs least, 1 spares one-time codes the cold start.')
@minValue(0)
param alwaysReadyInstances int = 0

@description('Origins whose pages may read answers in a browser, with commas between: https://shop.example.com. Empty: none.')
param corsOrigins string = ''

@description('Who calls: keys, the function keys of the host; roles, API keys of our own and people of Entra.')
@allowed(['keys', 'roles'])
param access string = 'keys'

@description('With roles: the SHA-256 of the secret of the first API key, lf_setup_SECRET. Empty: there is none.')
param adminKeyDigest string = ''

@description('The countries whose phone numbers may be written to, with commas between: AT,DE,CH. Empty: all.')
param allowedCountries string = ''

@description('Where customers reach the app, as in https://messages.example.com. Empty: by the name of the Function App.')
param publicUrl string = ''

@description('When no marketing is sent, as in 21:00-08:00. Empty: at any hour.')
param quietHours string = ''

@description('How much marketing a customer gets at most, as in 2/P1D,5/P7D. Empty: as much as is sent.')
param frequencyCaps string = ''

@description('The time zone of customers whose own is not known: Europe/Vienna.')
param timeZone string = 'UTC'

@description('With roles: the client id of the app registration by which people sign in. Empty: API keys alone.')
param entraClientId string = ''

@description('Most request units a second that the database may scale to, at least 1000. 0: serverless. Decided once.')
@minValue(0)
param cosmosMaxThroughput int = 0

@description('Keep workflows in Durable Task Scheduler rather than in the storage account.')
param useDurableTaskScheduler bool = false

@description('Reach storage, database, vault, topic and scheduler through a virtual network only. Costs extra; see docs/deploy.md.')
param privateEndpoints bool = false

@description('What a month may cost, in the currency of the subscription, before the operator is warned.')
@minValue(1)
param monthlyBudget int = 100

@description('First day of the month of the first deployment, as 2026-11-01. Set by azure.yaml; Azure lets no one change it.')
param budgetStart string

var suffix = uniqueString(subscription().id, environmentName, location)
var tags = { 'azd-env-name': environmentName, application: 'landfall' }
var publicNetworkAccess = privateEndpoints ? 'Disabled' : 'Enabled'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'identity.bicep' = {
  name: 'identity'
  scope: group
  params: { location: location, suffix: suffix, tags: tags }
}

module storage 'storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    principalId: identity.outputs.principalId
    publicNetworkAccess: publicNetworkAccess
  }
}

module cosmos 'cosmos.bicep' = {
  name: 'cosmos'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    principalId: identity.outputs.principalId
    publicNetworkAccess: publicNetworkAccess
    maxThroughput: cosmosMaxThroughput
  }
}

// A role of our own: the built-in one for Communication Services can read its keys. It is the one template in ARM's
// JSON, since the types that our checks hold Bicep against know no role definitions.
module communicationRole 'communication_role.json' = {
  name: 'communication-role'
  scope: group
  params: { roleName: 'Landfall sender ${suffix}' }
}

module communication 'communication.bicep' = {
  name: 'communication'
  scope: group
  params: {
    suffix: suffix
    tags: tags
    principalId: identity.outputs.principalId
    senderRoleId: communicationRole.outputs.id
    dataLocation: dataLocation
    emailDomain: emailDomain
    emailDomainIsVerified: emailDomainIsVerified
  }
}

module eventGrid 'event_grid.bicep' = {
  name: 'event-grid'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    identityId: identity.outputs.id
    principalId: identity.outputs.principalId
    communicationServiceId: communication.outputs.id
    publicNetworkAccess: publicNetworkAccess
  }
}

module keyVault 'key_vault.bicep' = {
  name: 'key-vault'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    principalId: identity.outputs.principalId
    smsSender: smsSender
    whatsappChannelId: whatsappChannelId
    publicNetworkAccess: publicNetworkAccess
  }
}

module durableTask 'durable_task.bicep' = if (useDurableTaskScheduler) {
  name: 'durable-task'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    clientId: identity.outputs.clientId
    principalId: identity.outputs.principalId
    publicNetworkAccess: publicNetworkAccess
  }
}

module network 'network.bicep' = if (privateEndpoints) {
  name: 'network'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    storageAccountId: storage.outputs.id
    cosmosAccountId: cosmos.outputs.id
    vaultId: keyVault.outputs.id
    topicId: eventGrid.outputs.topicId
    schedulerId: useDurableTaskScheduler ? durableTask!.outputs.id : ''
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: { location: location, suffix: suffix, tags: tags, principalId: identity.outputs.principalId }
}

module functionApp 'function_app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    location: location
    suffix: suffix
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    cosmosEndpoint: cosmos.outputs.endpoint
    communicationEndpoint: communication.outputs.endpoint
    emailSender: communication.outputs.emailSender
    topicEndpoint: eventGrid.outputs.topicEndpoint
    vaultUri: keyVault.outputs.uri
    deadLetterContainerUrl: storage.outputs.deadLetterContainerUrl
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    alwaysReadyInstances: alwaysReadyInstances
    corsOrigins: corsOrigins
    access: access
    adminKeyDigest: adminKeyDigest
    allowedCountries: allowedCountries
    publicUrl: publicUrl
    quietHours: quietHours
    frequencyCaps: frequencyCaps
    timeZone: timeZone
    entraClientId: entraClientId
    durableTaskSettings: useDurableTaskScheduler ? durableTask!.outputs.settings : {}
    subnetId: privateEndpoints ? network!.outputs.appSubnetId : ''
  }
}

module eventSubscriptions 'event_subscriptions.bicep' = if (functionIsDeployed) {
  name: 'event-subscriptions'
  scope: group
  params: {
    systemTopicName: eventGrid.outputs.systemTopicName
    topicName: eventGrid.outputs.topicName
    functionAppId: functionApp.outputs.id
    identityId: identity.outputs.id
    storageAccountId: storage.outputs.id
    deadLetterContainer: storage.outputs.deadLetterContainer
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    operatorEmail: operatorEmail
    workspaceId: monitoring.outputs.workspaceId
    cosmosAccountId: cosmos.outputs.id
    systemTopicId: eventGrid.outputs.systemTopicId
    topicId: eventGrid.outputs.topicId
  }
}

module budget 'budget.bicep' = {
  name: 'budget'
  scope: group
  params: { amount: monthlyBudget, start: budgetStart, operatorEmail: operatorEmail }
}

// What azd keeps in its environment, for the scripts and for whoever looks around.
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = functionApp.outputs.name
output API_URL string = functionApp.outputs.url
output EMAIL_DOMAIN_ID string = communication.outputs.emailDomainId
output DEAD_LETTER_CONTAINER_URL string = storage.outputs.deadLetterContainerUrl
