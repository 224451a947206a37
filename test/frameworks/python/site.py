# app.py
import os

from flask import Flask, redirect, request, session

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
    return "<h1>The night shift</h1><p>At four the reefers begin to hum.</p>"
