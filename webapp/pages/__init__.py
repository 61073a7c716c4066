"""The pages: one module per document or subject. Handlers read, ask and answer; they decide nothing."""
