"""The customary pandas and scikit-learn notebook of this analysis, as a plain script: CSV in, segment table out."""

import argparse

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("input", help="the Online Retail CSV")
parser.add_argument("output", help="the CSV to write: one row per customer")
parser.add_argument("--encoding", default="utf-8", help="utf-8 (default) or ISO-8859-1")
parser.add_argument("--snapshot", type=pd.Timestamp, help="recency counts to this day; default: last invoice + 1 day")
args = parser.parse_args()

# Load and clean
df = pd.read_csv(args.input, encoding=args.encoding)
df = df.dropna(subset=["CustomerID"])
df = df[~df["InvoiceNo"].astype(str).str.startswith("C")]
df = df[(df["Quantity"] > 0) & (df["UnitPrice"] > 0)]
df = df.drop_duplicates()
df["CustomerID"] = df["CustomerID"].astype(int)
df["InvoiceDate"] = pd.to_datetime(df["InvoiceDate"], format="%m/%d/%Y %H:%M")
df["TotalPrice"] = df["Quantity"] * df["UnitPrice"]

# Recency, frequency, monetary
snapshot = args.snapshot if args.snapshot is not None else df["InvoiceDate"].max() + pd.Timedelta(days=1)
df = df[df["InvoiceDate"] < snapshot]
rfm = df.groupby("CustomerID").agg(
    LastInvoice=("InvoiceDate", "max"),
    Frequency=("InvoiceNo", "nunique"),
    Monetary=("TotalPrice", "sum"),
)
rfm.insert(0, "Recency", (snapshot - rfm.pop("LastInvoice")).dt.days)

# Log-transform and standardise
scaled = StandardScaler().fit_transform(np.log1p(rfm))

# Elbow over K 1 to 10
inertia = {}
for k in range(1, 11):
    inertia[k] = KMeans(n_clusters=k, n_init=10, random_state=42).fit(scaled).inertia_

# Silhouette over K 2 to 10
silhouette = {}
for k in range(2, 11):
    silhouette[k] = silhouette_score(scaled, KMeans(n_clusters=k, n_init=10, random_state=42).fit_predict(scaled))
print(pd.DataFrame({"Inertia": inertia, "Silhouette": silhouette}).round(3))

# Final fit
rfm["Cluster"] = KMeans(n_clusters=4, n_init=10, random_state=42).fit_predict(scaled)
rfm.to_csv(args.output)
