import dataiku
from retail.cleaning import age_group, email_domain

customers = dataiku.Dataset("customers_raw").get_dataframe()
customers["email_domain"] = customers["email"].map(email_domain)
customers["age_group"] = customers["birth_year"].map(age_group)
customers["opted_in"] = customers["opted_in"].str.lower().isin(["yes", "true", "1"])

# Nobody downstream needs the address itself.
kept = customers[["customer_id", "email_domain", "country", "age_group", "opted_in"]]
dataiku.Dataset("customers_prepared").write_with_schema(kept)
