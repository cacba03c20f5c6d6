import datetime

import dataiku
from dataiku.scenario import Scenario

scenario = Scenario()
orders = dataiku.Dataset("orders_prepared").get_dataframe(columns=["ordered_at"])
age = datetime.datetime.now(datetime.timezone.utc) - orders["ordered_at"].max()
if age.days > 3:
    raise ValueError(f"the youngest order is {age.days} days old")
