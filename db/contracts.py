"""Service contracts. So far only what the company's set-up names of them."""

from __future__ import annotations

from piccolo.table import Table

from db.columns import Code, Ref, Text
from db.setup import SetupTable


class ContractAccountGroup(SetupTable, Table, tablename="contract_account_group"):
    """The two accounts of contract invoices: income, and what is paid in advance (C-9)."""

    key = ("code",)
    code = Code(10, primary_key=True)
    description = Text()
    non_prepaid_account = Ref("gl_account")
    prepaid_account = Ref("gl_account")
