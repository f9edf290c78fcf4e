#!/usr/bin/env python3
"""A portal on the loopback that speaks as Opendatasoft's API v2.1 does, and misbehaves.

    portal.py FOLDER [HOST [CERTIFICATE]]

FOLDER/NAME.json is the data set NAME, a list of records. HOST is 127.0.0.1 when not
given; with a CERTIFICATE (PEM, with its key) it speaks TLS. The port is written to
FOLDER/port, each request to FOLDER/log. FOLDER/faults holds what happens to the next
requests, one word a line, the first line taken off each time:
  ok 503 429 401 400  that answer
  date     429, to be asked again after a date
  cut chunk reset     the body ends early: by its length, in a chunk, by a reset
  short    the length given is less than the body's
  inside   an error text in the middle of the body
  garbage empty       something else, nothing
  slow drip           no answer for a while, a byte now and then without end
  huge gzip bomb      without end, a cut gzip stream, a small one of much
  away loop           a redirection to a file, to itself
  again fewer         a page: the one before it, one without its last record
Without a line all is well.
"""
import email.utils
import gzip
import http.server
import json
import os
import re
import socket
import ssl
import sys
import time
import urllib.parse

folder = sys.argv[1]


def next_fault():
    path = os.path.join(folder, "faults")
    if not os.path.exists(path):
        return "ok"
    lines = open(path).read().split()
    with open(path, "w") as out:
        out.write("\n".join(lines[1:]))
    return lines[0] if lines else "ok"


def records(name, query):
    rows = json.load(open(os.path.join(folder, name + ".json")))
    where = query.get("where", [""])[0]
    after = re.fullmatch(r"heure_de_paris>=date'(.*)Z'", where)
    if where and not after:
        raise ValueError("bad condition " + where)
    if (where or "order_by" in query) and any("heure_de_paris" not in r for r in rows):
        raise ValueError("no field heure_de_paris")
    if after:
        rows = [r for r in rows if r["heure_de_paris"][:19] >= after[1]]
    return sorted(rows, key=lambda r: r.get("heure_de_paris", ""))


def answer(path, query):
    if path == "/api/catalog/datasets":
        names = sorted(f[:-5] for f in os.listdir(folder) if "station-meteo" in f)
        first = int(query["offset"][0])
        return {"total_count": len(names), "results": [
            {"dataset_id": n, "metas": {"default": {"data_processed": str(
                os.stat(os.path.join(folder, n + ".json")).st_mtime_ns)}}}
            for n in names[first:first + int(query["limit"][0])]]}
    found = re.fullmatch(r"/api/catalog/datasets/([^/]*)/(records|exports/json)", path)
    rows = records(found[1], query)
    if found[2] == "exports/json":
        return rows
    first, most = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
    if most > 100 or first + most > 10000:
        raise ValueError("limit or offset too large")
    return {"total_count": len(rows), "results": rows[first:first + most]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    page = []  # records of the last page that was given as it is

    def log_message(self, *args):
        pass

    def send(self, code, body, length=None, **headers):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def misbehave(self, fault, body):
        """Whether the request is done with."""
        self.close_connection = fault != "ok"
        if fault.isdigit():
            headers = {"Retry_After": "0"} if fault == "429" else {}
            self.send(int(fault), b'{"message": "told to fail"}', **headers)
        elif fault == "cut":
            self.send(200, body[:len(body) // 2], length=len(body))
        elif fault == "chunk":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            half = body[:len(body) // 2]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(half), half))
        elif fault == "inside":
            self.send(200, body[:len(body) // 2] + b"\nInternal Server Error: timeout")
        elif fault == "garbage":
            self.send(200, b"<html>maintenance</html>")
        elif fault == "slow":
            time.sleep(5)
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        elif fault == "huge":
            self.send_response(200)
            self.end_headers()
            for _ in range(64):
                self.wfile.write(b" " * (1 << 16))
        elif fault == "empty":
            self.send(200, b"")
        elif fault == "gzip":
            packed = gzip.compress(body)
            self.send(200, packed[:len(packed) // 2], Content_Encoding="gzip")
        elif fault == "date":
            when = email.utils.formatdate(time.time() + 1, usegmt=True)
            self.send(429, b'{"message": "told to fail"}', Retry_After=when)
        elif fault == "short":
            self.send(200, body, length=len(body) // 2)
        elif fault == "drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)
        elif fault == "bomb":
            self.send(200, gzip.compress(b" " * (1 << 24)), Content_Encoding="gzip")
        elif fault == "loop":
            self.send(302, b"", Location=self.path)
        elif fault in ("again", "fewer"):
            page = json.loads(body)
            if fault == "fewer":
                page["results"] = page["results"][:-1]
            else:
                page["results"] = Handler.page
            self.send(200, json.dumps(page).encode())
        elif fault == "away":
            self.send(302, b"", Location="file:///etc/passwd")
        else:
            return False
        return True

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(parts.query)
        with open(os.path.join(folder, "log"), "a") as log:
            log.write(f"{self.path} {self.headers.get('User-Agent')}\n")
        try:
            body = json.dumps(answer(parts.path, query)).encode()
        except ValueError as error:
            return self.send(400, json.dumps({"message": str(error)}).encode())
        except (FileNotFoundError, TypeError):
            return self.send(404, b'{"message": "unknown"}')
        try:
            if self.misbehave(next_fault(), body):
                return None
            if "/records" in self.path:
                Handler.page = json.loads(body)["results"]
            tag = '"%d"' % (hash(body) if "catalog/datasets?" in self.path else 0)
            if self.headers.get("If-None-Match") == tag:
                return self.send(304, b"", ETag=tag)
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                return self.send(200, gzip.compress(body), Content_Encoding="gzip",
                                 ETag=tag)
            return self.send(200, body, ETag=tag)
        except OSError:
            return None


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in "".join(sys.argv[2:3]) else socket.AF_INET


server = Server((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(os.path.join(folder, "port.new"), "w") as out:
    out.write(str(server.server_address[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
