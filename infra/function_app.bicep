// The app on Flex Consumption, and every setting that it reads.
param location string
param suffix string
param tags object
param identityId string
param identityClientId string
param storageAccountName string
param deploymentContainerUrl string
param cosmosEndpoint string
param communicationEndpoint string
param emailSender string
param topicEndpoint string
param vaultUri string
param deadLetterContainerUrl string
param applicationInsightsConnectionString string
param alwaysReadyInstances int
param corsOrigins string
param access string
param adminKeyDigest string
param allowedCountries string
param publicUrl string
param quietHours string
param frequencyCaps string
param timeZone string
param entraClientId string
param durableTaskSettings object

@description('Of the network through which the app calls. Empty: there is none.')
param subnetId string

var origins = empty(corsOrigins) ? [] : split(corsOrigins, ',')

// Flex Consumption scales these apart: requests, workflows with their activities, and events.
var groups = alwaysReadyInstances == 0 ? [] : ['http', 'durable', 'function:MessageProcessor']

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-landfall-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-landfall-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId // Flex Consumption then sends every call through it
    keyVaultReferenceIdentity: identityId
    siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled', cors: { allowedOrigins: origins } }
    functionAppConfig: {
      runtime: { name: 'python', version: '3.12' }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 100
        // Unset it is 1 for Python: every request at once would take an instance of its own. Ours wait for the store, not
        // for the processor; 16 is what Azure gives other languages at this size.
        triggers: { http: { perInstanceConcurrency: 16 } }
        alwaysReady: [for group in groups: { name: group, instanceCount: alwaysReadyInstances }]
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(durableTaskSettings, {
    // Landfall's own, as in settings.py
    MESSAGE_STORE: 'cosmos'
    COSMOS_DB_ENDPOINT: cosmosEndpoint
    COMMUNICATION_SERVICES_ENDPOINT: communicationEndpoint
    EVENTGRID_TOPIC_ENDPOINT: topicEndpoint
    SMS_SENDER: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/sms-sender)'
    WHATSAPP_CHANNEL_ID: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/whatsapp-channel-id)'
    EMAIL_SENDER: emailSender
    EMAIL_SUBJECT: 'A message for you'
    REPEAT_WINDOW: 'PT10M'
    MANAGEMENT_URLS: 'status' // the others carry a key that opens all workflows; settings.py refuses them here
    SIGNING_KEYS: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/signing-keys)'
    ACCESS: access
    ADMIN_KEY_DIGEST: adminKeyDigest
    REQUESTS_PER_MINUTE: ''
    SENDS_PER_MINUTE: ''
    PUBLIC_URL: publicUrl
    QUIET_HOURS: quietHours
    KEYWORD_ANSWERS: '' // what customers are answered who write STOP, START or HELP: JSON, as docs/consent.md says
    DEAD_LETTERS: deadLetterContainerUrl
    FREQUENCY_CAPS: frequencyCaps
    TIME_ZONE: timeZone
    ALLOWED_COUNTRIES: allowedCountries
    TELEMETRY: 'azure-monitor'
    KEEP_AUDIT: 'P365D'
    KEEP_CONTENT: 'P90D'
    KEEP_MESSAGES: 'P365D'
    KEEP_HISTORY: 'P30D'
    KEEP_CORRELATIONS: 'P60D'

    // what the Functions host and the SDKs read
    AZURE_CLIENT_ID: identityClientId
    AzureWebJobsStorage__accountName: storageAccountName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AZURE_FUNCTIONS_DURABLE_STRICT_TYPING: 'true'
    APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
  })
}

// Who signs in with Entra is known to the app by a header that only this can set. Nobody has to sign in: Event Grid, API
// keys and webhooks come without, and the app's own gate refuses who is not known. There is no client secret to renew.
resource authentication 'Microsoft.Web/sites/config@2025-03-01' = if (!empty(entraClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: { allowedAudiences: ['api://${entraClientId}', entraClientId] }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
  dependsOn: [settings] // one change of the app's configuration at a time
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
