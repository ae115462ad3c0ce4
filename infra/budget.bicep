// Warns when the month costs more than it should, before and after the fact. It stops nothing.
param amount int
param start string
param operatorEmail string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'landfall'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: {
      expected: {
        enabled: true
        thresholdType: 'Forecasted'
        operator: 'GreaterThan'
        threshold: 100
        contactEmails: [operatorEmail]
      }
      spent: {
        enabled: true
        thresholdType: 'Actual'
        operator: 'GreaterThan'
        threshold: 80
        contactEmails: [operatorEmail]
      }
    }
  }
}
