import azure.durable_functions as df

app = df.DFApp()
app.no_such_thing()
