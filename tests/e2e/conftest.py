import pytest
from browser import Browser
from product import Product, drop


@pytest.fixture(scope='session')
def product():
    """The running product, for all tests of this folder."""
    drop()
    product = Product()
    try:
        product.start()
        yield product
    finally:
        product.stop()
        drop()


@pytest.fixture
def visit(product):
    """Opens a browser in which a person of the demo is signed in: visit(login, width, height)."""
    browsers = []

    def open_browser(login, width=1280, height=900):
        browsers.append(Browser(width, height))
        return browsers[-1], browsers[-1].log_in(product.address, login)

    yield open_browser
    for browser in browsers:
        browser.close()
