-- The service cost that "Insert starting fee" puts on an order (D-29).

ALTER TABLE service_setup ADD COLUMN starting_fee_code CODE(10) REFERENCES service_cost (code);
