# app.py
import os

import requests
from flask import Flask, redirect, request, session
from standardwebhooks import Webhook, WebhookVerificationError

FLOE, KEY = os.environ["FLOE_GATEWAY"], {"authorization": "Bearer " + os.environ["FLOE_SECRET_KEY"]}
app = Flask(__name__)
app.secret_key = os.urandom(32)


@app.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    if request.method == "GET":
        return '<form method="post"><label>User <input name="user"></label><button>Sign in</button></form>'
    session["user"] = request.form["user"]
    return redirect("/article", 303)


@app.get("/article")
def article():
    if "user" not in session:
        return redirect("/sign-in", 303)
    question = {"customer": "external:" + session["user"], "resource": "content:blog/premium-article"}
    if not requests.get(FLOE + "/v1/access", params=question, headers=KEY).json()["allow"]:
        return '<form method="post" action="/buy"><button>Buy</button></form>', 402
    return "<h1>The night shift</h1><p>At four the reefers begin to hum.</p>"


@app.post("/buy")
def buy():
    payment = {"product_id": os.environ["FLOE_PRODUCT"], "success_url": request.host_url + "article"}
    payment["customer"] = {"external_id": session["user"]}
    return redirect(requests.post(FLOE + "/v1/payments", json=payment, headers=KEY).json()["checkout_url"], 303)


@app.post("/hooks")
def hooks():
    # The same event may come more than once: remember its ["data"]["id"].
    try: return Webhook(os.environ["FLOE_WEBHOOK_SECRET"]).verify(request.get_data(), request.headers)["type"]
    except (WebhookVerificationError, ValueError): return "", 401
