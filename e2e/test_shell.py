"""What every page stands in: sign-in, navigation, fields, lists; by mouse and keyboard, small, dark, without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from e2e.conftest import PASSWORD
from e2e.looks import Looks, violations

pytestmark = pytest.mark.once  # the shell is the same on both databases

SignIn = Callable[[str], Page]
PAGES = (
    "/",
    "/customers",
    "/customers?q=nothing-like-this",
    "/customers/C-GOOD",
    "/customers/new",
    "/service-items",
    "/set-up",
    "/set-up/service-setup",
    "/set-up/payment-terms",
    "/search?q=brewery",
    "/account",
    "/nowhere",
)


def choices(page: Page) -> Locator:
    return page.locator(".options:visible [role=option]")


@pytest.mark.once
def test_axe_finds_nothing_and_nothing_overflows(sign_in: SignIn) -> None:
    looks = Looks(sign_in("CLARA"), dark=True)
    looks.visit(*PAGES)
    assert looks.found == {}


def test_the_sign_in_page_is_accessible(page: Page, base_url: str) -> None:
    page.goto("/sign-in")
    assert violations(page) == []
    page.emulate_media(media="print")
    assert violations(page) == []


def test_the_first_page_is_light_and_asks_no_other_host(page: Page, base_url: str) -> None:
    """F-9."""
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", "0"))))
    page.on("request", lambda request: sizes.append(0 if request.url.startswith(base_url) else 10**9))
    page.goto("/sign-in")
    assert 0 < sum(sizes) < 100_000


def test_a_link_leads_through_the_sign_in_page_to_its_goal(page: Page, base_url: str) -> None:
    page.goto("/customers/C-GOOD")
    page.get_by_label("User name").fill("clara")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("User name or password is wrong.")
    expect(page.get_by_label("User name")).to_have_value("clara")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base_url}/customers/C-GOOD")


def test_a_customer_is_changed_with_the_keyboard_alone(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.goto("/customers")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search customers")).to_be_focused()
    page.keyboard.type("brewery 77")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    field = page.get_by_role("combobox", name="Country code")
    field.focus()
    page.keyboard.type("aus")
    expect(choices(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(field).to_have_value("AT")
    page.get_by_label("Credit limit").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("3*1.5")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status")).to_contain_text("Customer C0077 is saved.")
    expect(page.get_by_label("Credit limit")).to_have_value("4.50")


def test_a_fault_is_named_on_top_and_beside_its_field_and_nothing_is_lost(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.goto("/customers/C-GOOD")
    page.get_by_label("Credit limit").fill("12x")
    page.get_by_label("Contact name").fill("Jo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Contact name")).to_have_value("Jo")
    assert violations(page) == []
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Credit limit")).to_be_focused()
    expect(page.get_by_label("Credit limit")).to_have_value("12x")
    expect(page.get_by_label("Credit limit")).to_have_accessible_description(re.compile("is not a number"))


def test_two_people_compare_what_they_changed(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.goto("/customers/C-BLOCKED")
    other = page.context.new_page()
    other.goto("/customers/C-BLOCKED")
    other.get_by_label("City").fill("Linz")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status")).to_contain_text("is saved")
    page.get_by_label("City").fill("Wels")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("group", name="Differences").get_by_role("row", name="City")
    expect(row).to_contain_text("Linz")
    expect(row).to_contain_text("Wels")
    assert violations(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("is saved")


def test_leaving_with_unsaved_text_warns(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.goto("/customers/C-GOOD")
    page.get_by_label("Contact name").press_sequentially("Jo")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.get_by_role("link", name="Items", exact=True).click()
    expect(page.get_by_role("heading", name="Items")).to_be_visible()
    assert asked == ["beforeunload"]


def test_escape_closes_the_choices_then_takes_back_the_text(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.goto("/customers/C-GOOD")
    field = page.get_by_role("combobox", name="Payment terms code")
    field.focus()
    page.keyboard.press("ArrowDown")
    expect(choices(page)).to_have_count(1)
    expect(field).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("zz")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(field).to_have_value("")


def test_a_list_is_filtered_while_typing_and_its_address_can_be_sent_on(sign_in: SignIn, base_url: str) -> None:
    page = sign_in("VERA")
    page.goto("/customers")
    page.get_by_role("searchbox", name="Search customers").press_sequentially("müll")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{base_url}/customers?q=m%C3%BCll")
    page.get_by_label("Blocked").select_option("All")
    expect(page.get_by_role("link", name="C-BLOCKED")).to_be_visible()
    page.goto("/customers")
    page.get_by_role("link", name="Name", exact=True).click()
    page.get_by_role("link", name="Next page").click()
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)
    expect(page.locator("table.list tbody tr")).to_have_count(22)


def test_the_calendar_beside_a_date_writes_it_as_people_do(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.goto("/account")
    page.get_by_role("button", name="Calendar").click()
    page.locator("input[type=date]").fill("2026-04-20")
    expect(page.locator("#f-work_date")).to_have_value("20/04/2026")


def test_the_work_date_is_in_sight_and_can_be_changed(sign_in: SignIn, base_url: str) -> None:
    page = sign_in("CLARA")
    page.goto("/items")
    page.locator(".work-date summary").click()
    page.get_by_label("Work date", exact=True).fill("15032026")
    page.get_by_role("button", name="Set work date").click()
    expect(page.locator(".work-date summary")).to_contain_text("15/03/2026")
    expect(page).to_have_url(f"{base_url}/items")


def test_the_question_mark_shows_the_keys(sign_in: SignIn) -> None:
    page = sign_in("CLARA")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_everything_works_without_script(browser: Browser, base_url: str) -> None:
    page = browser.new_context(java_script_enabled=False, base_url=base_url).new_page()
    page.goto("/customers?q=brewery+99")
    page.get_by_label("User name").fill("CLARA")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="C0099").click()
    page.get_by_label("Country code").fill("gb")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Customer C0099 is saved.")
    expect(page.get_by_label("Country code")).to_have_value("GB")
    page.get_by_role("link", name="Customers").first.click()
    page.get_by_role("searchbox", name="Search customers").fill("northern")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.context.close()


def test_who_is_signed_out_meanwhile_keeps_what_was_typed(sign_in: SignIn) -> None:
    page = sign_in("ANNA")
    page.goto("/customers")
    page.context.clear_cookies(name="finalize_session")
    page.get_by_role("searchbox", name="Search customers").press_sequentially("pump")
    expect(page.get_by_role("alert")).to_contain_text("You have been signed out.")
    expect(page.get_by_role("searchbox", name="Search customers")).to_have_value("pump")
