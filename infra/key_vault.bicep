// The vault keeps the keys that the app signs with, and the two senders that customers know us by. Who reads or changes
// one is on record here, and whoever changes one needs a role in the vault, not in the app.
param location string
param suffix string
param tags object
param principalId string
param smsSender string
param whatsappChannelId string
param publicNetworkAccess string

@description('Drawn by each deployment, and used by the first alone: two GUIDs have 244 random bits.')
@secure()
param drawnKey string = '${newGuid()}${newGuid()}'

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: 'kv-${suffix}'
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    publicNetworkAccess: publicNetworkAccess
    softDeleteRetentionInDays: 7 // without purge protection, so that `azd down --purge` leaves the name free
  }
}

resource smsSenderSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'sms-sender'
  properties: { value: smsSender }
}

resource whatsappChannelIdSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'whatsapp-channel-id'
  properties: { value: whatsappChannelId }
}

// URLs that were given out are signed with these, so a later deployment must not change them. Key 2 is added by hand, as
// docs/runbook.md says.
@onlyIfNotExists()
resource signingKeysSecret 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: 'signing-keys'
  properties: { value: '1:${base64(drawnKey)}' }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, secretsUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output id string = vault.id
output uri string = vault.properties.vaultUri
