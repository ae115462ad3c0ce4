// SMS, WhatsApp and email. Numbers and WhatsApp accounts are bought and connected in the portal; see docs/deploy.md.
param suffix string
param tags object
param principalId string
param senderRoleId string
param dataLocation string
param emailDomain string
param emailDomainIsVerified bool

// A domain that is not verified cannot be linked.
var sendsFromOwnDomain = !empty(emailDomain) && emailDomainIsVerified

resource email 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: 'email-landfall-${suffix}'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource managedDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = {
  parent: email
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: { domainManagement: 'AzureManaged' }
}

resource ownDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = if (!empty(emailDomain)) {
  parent: email
  name: empty(emailDomain) ? 'none' : emailDomain // a name must not be empty, even of what is not made
  location: 'global'
  tags: tags
  properties: { domainManagement: 'CustomerManaged', userEngagementTracking: 'Enabled' }
}

resource service 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: 'acs-landfall-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: sendsFromOwnDomain ? [managedDomain.id, ownDomain.id] : [managedDomain.id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: service
  name: guid(service.id, principalId, senderRoleId)
  properties: {
    roleDefinitionId: senderRoleId
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output id string = service.id
output endpoint string = 'https://${service.properties.hostName}'
output emailSender string = 'DoNotReply@${sendsFromOwnDomain ? emailDomain : managedDomain.properties.fromSenderDomain}'
output emailDomainId string = empty(emailDomain) ? '' : ownDomain.id
