"""The rows of the catalogue about runs over contracts: severity, rules, text and remedy by code."""

from __future__ import annotations

from webapp.posting.undo_findings import Text

CONTRACT_RUN_ROWS: dict[str, Text] = {
    "contract_run_future": (
        "error",
        "C-84",
        "{label} {date} is after the work date {today}.",
        "Confirm that you mean it, or choose an earlier date.",
    ),
    "contract_run_outside_window": (
        "error",
        "C-84 O-24",
        "Posting date {date} is not within your range of allowed posting dates ({low} to {high}):"
        " invoices of this date could not be posted.",
        "Confirm that you mean it, or choose a posting date within the range.",
    ),
    "contract_not_ready": (
        "warning",
        "C-9 C-28 C-33 C-88",
        "As it stands no invoice of contract {contract} can be posted: {why}",
        "Fill it in before the contract is invoiced.",
    ),
    "contract_too_far_behind": (
        "error",
        "C-86 C-88",
        "Contract {contract} is due since {due}: more than {most} invoices would be made of it.",
        "Open the contract and correct its starting date.",
    ),
    "contract_run_too_late": (
        "error",
        "C-84",
        "{label} {date} is more than a year after the work date {today}.",
        "Choose an earlier date.",
    ),
    "contract_earlier_days_billed": (
        "warning",
        "C-81 C-82 C-83 C-102 O-13",
        "Nobody had billed {days} before the period: {what} for {amount}.",
        "Delete the invoice again if the customer does not owe them.",
    ),
    "contract_line_ended": (
        "warning",
        "C-73 C-102",
        "Nothing is billed: the line has expired.",
        "Remove the line when it is done with.",
    ),
    "contract_changed_since": (
        "warning",
        "C-87 C-103",
        "Contract {contract} was invoiced or changed since the run began.",
        "Run again: it takes what is due now.",
    ),
    # --- service orders of contracts --------------------------------------------------------------------------------
    "contract_orders_too_long": (
        "error",
        "C-155",
        "{days} days are more than the {most} that the set-up allows.",
        "Choose an earlier ending date, or raise Contract order max. days in the service set-up.",
    ),
    "contract_service_expired": (
        "warning",
        "C-156",
        "The line ends on {date}, and its next service is planned for {planned}.",
        "Renew line and contract if the service is still wanted.",
    ),
    "contract_service_ordered": (
        "warning",
        "C-156",
        "Order {order}, of which nothing is shipped yet, already holds this service.",
        "Post that order; then the next service is planned.",
    ),
    "contract_service_earlier": (
        "warning",
        "C-155",
        "Planned before {first} and without an order: {lines}, the oldest for {oldest}.",
        "Choose an earlier starting date to take them along.",
    ),
    "contract_earlier_period_left": (
        "warning",
        "C-86 C-89",
        "Contract {contract}: the period before this one was not invoiced.",
        "Mend what stopped it, then run again.",
    ),
}
