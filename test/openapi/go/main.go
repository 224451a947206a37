// A client in Go, as oapi-codegen makes it. Prints what it was answered.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	"floe.test/openapi/floe"
	"github.com/google/uuid"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	key := os.Getenv("FLOE_SECRET_KEY")
	client := must(floe.NewClientWithResponses(
		os.Getenv("FLOE_URL"),
		floe.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+key)
			return nil
		}),
	))
	productID := must(uuid.Parse(os.Getenv("FLOE_PRODUCT_ID")))

	products := must(client.ListProductsWithResponse(ctx, nil)).JSON200
	var product floe.Product
	for _, each := range products.Data {
		if each.Id == productID {
			product = each
		}
	}

	var seat floe.CreatePaymentRequest_Metadata_AdditionalProperties
	if err := seat.FromCreatePaymentRequestMetadata1(7); err != nil {
		log.Fatal(err)
	}
	externalID, idempotencyKey := "reader-go", "go"
	request := floe.CreatePaymentRequest{
		ProductId: &productID,
		Customer:  &floe.BuyerRequest{ExternalId: &externalID},
		Metadata:  &map[string]floe.CreatePaymentRequest_Metadata_AdditionalProperties{"seat": seat},
	}
	pay := func() *floe.Payment {
		answer := must(client.CreatePaymentWithResponse(ctx, &floe.CreatePaymentParams{IdempotencyKey: &idempotencyKey}, request))
		return answer.JSON201
	}
	payment := pay()
	again := pay()

	customer, maxAge := "external:reader-go", 0
	access := must(client.CheckAccessWithResponse(ctx, &floe.CheckAccessParams{
		Resource: "content:blog/premium-article",
		Customer: &customer,
		MaxAge:   &maxAge,
	})).JSON200

	refused := must(client.GetPaymentWithResponse(ctx, "pay_01kb3z8q4yf6dvkwm2t5n9cr7e"))
	problem := refused.ApplicationproblemJSON404

	printed := must(json.Marshal(map[string]any{
		"product":  product.Name,
		"price":    product.Prices[0].PriceAmount,
		"status":   payment.Status,
		"plan":     payment.Product.Plan,
		"amount":   payment.Amount,
		"metadata": payment.Metadata,
		"repeated": payment.Id == again.Id,
		"allow":    access.Allow,
		"reason":   access.Reason,
		"problem":  []any{refused.StatusCode(), problem.Code},
	}))
	fmt.Println(string(printed))
}
