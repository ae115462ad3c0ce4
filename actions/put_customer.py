"""A customer is put on file: the addresses that they give up, the customer, and the addresses that they have."""

from collections.abc import Callable

from domain.customers.addresses import normalised
from domain.customers.customer import Customer
from domain.errors import CustomerChanged, CustomerErased
from services import Services
from store.customers import whatever_it_is


async def put_on_file(
    services: Services, customer: Customer, expected: Callable[[Customer], bool] = whatever_it_is
) -> bool:
    """Put a customer on file, whole; whether they were not. Safe to repeat, also after it broke off anywhere.

    Addresses that the customer no longer has are released first, while they are still on file. Raises
    `CustomerChanged` if what is on file is not as `expected`, and `CustomerErased`; then nothing is changed.
    """
    before = await services.customers.read(customer.id)
    known = before or Customer(customer.id, customer.external_id, is_on_file=False)
    if known.erased_at:
        raise CustomerErased("the customer was erased")
    if not expected(known) and known.version != customer.version:
        raise CustomerChanged("the customer was changed")
    kept = {(channel, normalised(channel, address)) for channel, address in customer.addresses}
    given_up = [each for each in known.addresses if (each[0], normalised(*each)) not in kept]
    await services.addresses.release(customer.id, given_up)
    try:
        is_new = await services.customers.put(customer, expected)
    except CustomerChanged:
        if now := await services.customers.read(customer.id, newest=True):
            await services.addresses.introduce(now)
        raise
    await services.addresses.introduce(customer)
    return is_new
