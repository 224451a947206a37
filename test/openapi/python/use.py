"""A client in Python, as openapi-python-client makes it. Prints what it was answered."""

import json
import os
from uuid import UUID

from floe import AuthenticatedClient
from floe.api.access import check_access
from floe.api.payments import create_payment, get_payment
from floe.api.products import list_products
from floe.models import (
    Access,
    BuyerRequest,
    CreatePaymentRequest,
    CreatePaymentRequestMetadata,
    Payment,
    Problem,
    ProductList,
)

client = AuthenticatedClient(base_url=os.environ["FLOE_URL"], token=os.environ["FLOE_SECRET_KEY"])
product_id = UUID(os.environ["FLOE_PRODUCT_ID"])

products = list_products.sync(client=client)
assert isinstance(products, ProductList)
product = next(each for each in products.data if each.id == product_id)


def pay() -> Payment:
    metadata = CreatePaymentRequestMetadata()
    metadata["seat"] = 7
    payment = create_payment.sync(
        client=client,
        idempotency_key="python",
        body=CreatePaymentRequest(
            product_id=product_id,
            customer=BuyerRequest(external_id="reader-python"),
            metadata=metadata,
        ),
    )
    assert isinstance(payment, Payment)
    return payment


payment = pay()
again = pay()

access = check_access.sync(
    client=client, resource="content:blog/premium-article", customer="external:reader-python", max_age=0
)
assert isinstance(access, Access)

refused = get_payment.sync_detailed(client=client, id="pay_01kb3z8q4yf6dvkwm2t5n9cr7e")
problem = refused.parsed
assert isinstance(problem, Problem)

print(
    json.dumps(
        {
            "product": product.name,
            "price": product.prices[0].price_amount,
            "status": payment.status,
            "plan": payment.product.plan,
            "amount": payment.amount,
            "metadata": payment.metadata.to_dict(),
            "repeated": payment.id == again.id,
            "allow": access.allow,
            "reason": access.reason,
            "problem": [refused.status_code, problem.code],
        }
    )
)
