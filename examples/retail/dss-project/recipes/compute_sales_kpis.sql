SELECT
  country,
  order_month,
  SUM(amount) AS revenue,
  AVG(CASE WHEN return_count > 0 THEN 1.0 ELSE 0.0 END) AS return_rate
FROM "analytics"."${projectKey}_orders_warehouse"
WHERE order_month >= '${first_month}'
GROUP BY country, order_month
