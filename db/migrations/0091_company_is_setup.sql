-- The company belongs to the set-up that posting reads: a change of it is noticed like any other (D-127).

-- only: postgresql
CREATE TRIGGER company_draws_version AFTER INSERT OR UPDATE OR DELETE ON company
    FOR EACH STATEMENT EXECUTE FUNCTION draw_setup_version();

-- only: sqlite
CREATE TRIGGER company_insert_draws_version AFTER INSERT ON company BEGIN
    UPDATE setup_version SET version = random();
END;

-- only: sqlite
CREATE TRIGGER company_update_draws_version AFTER UPDATE ON company BEGIN
    UPDATE setup_version SET version = random();
END;

-- only: sqlite
CREATE TRIGGER company_delete_draws_version AFTER DELETE ON company BEGIN
    UPDATE setup_version SET version = random();
END;
