-- Who changed an open document last, and when: a form that is older says so (O-42).
ALTER TABLE service_header ADD COLUMN changed_by CODE(50) NOT NULL DEFAULT '';

ALTER TABLE service_header ADD COLUMN changed_at MOMENT;
