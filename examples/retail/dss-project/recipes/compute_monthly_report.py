import dataiku

sales = dataiku.Dataset("sales_by_country_month").get_dataframe()
reports = dataiku.Folder("mR3pT7wK")
for country, rows in sales.groupby("country"):
    reports.upload_data(f"/{country}.csv", rows.to_csv(index=False).encode())
