"""Sends the same reads to the emulator and to backlot, and compares what comes back."""

import json
import os
import re
import sys

import backlot
import httpx

VERSION = "2026-03-11"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def cases(ids):
    """Yields (name, method, path, headers over the good ones, body or None)."""
    page, source, database, row = ids["page"], ids["source"], ids["database"], ids["row"]
    query = f"/v1/data_sources/{source}/query"

    def case(name, method, path, body=None, **headers):
        return name, method, path, headers, body

    # What answers.
    yield case("users", "GET", "/v1/users")
    yield case("users-me", "GET", "/v1/users/me")
    yield case("users-page-size-1", "GET", "/v1/users?page_size=1")
    yield case("users-page-size-101", "GET", "/v1/users?page_size=101")
    yield case("users-page-size-0", "GET", "/v1/users?page_size=0")
    yield case("users-page-size-negative", "GET", "/v1/users?page_size=-1")
    yield case("page", "GET", f"/v1/pages/{page}")
    yield case("page-undashed", "GET", f"/v1/pages/{page.replace('-', '')}")
    yield case("page-unknown-key", "GET", f"/v1/pages/{page}?foo=1")
    yield case("page-slash", "GET", f"/v1/pages/{page}/")
    yield case("row", "GET", f"/v1/pages/{row}")
    yield case("row-filter-properties", "GET", f"/v1/pages/{row}?filter_properties=title")
    yield case("block-page", "GET", f"/v1/blocks/{page}")
    yield case("block-database", "GET", f"/v1/blocks/{database}")
    yield case("children", "GET", f"/v1/blocks/{page}/children")
    yield case("children-page-size-1", "GET", f"/v1/blocks/{page}/children?page_size=1")
    yield case("children-of-database", "GET", f"/v1/blocks/{database}/children")
    yield case("database", "GET", f"/v1/databases/{database}")
    yield case("data-source", "GET", f"/v1/data_sources/{source}")
    yield case("query", "POST", query, {})
    yield case("query-page-size-1", "POST", query, {"page_size": 1})
    yield case("search", "POST", "/v1/search", {"page_size": 2})
    yield case("search-data-sources", "POST", "/v1/search", {"filter": {"property": "object", "value": "data_source"}})
    yield case("comments", "GET", f"/v1/comments?block_id={page}")
    yield case("comments-unknown-key", "GET", f"/v1/comments?block_id={page}&foo=1")

    # The credential, the version, the URL.
    yield case("no-authorization", "GET", "/v1/users/me", Authorization=None)
    yield case("basic-authorization", "GET", "/v1/users/me", Authorization="Basic abc")
    yield case("three-words", "GET", "/v1/users/me", Authorization="Bearer a b")
    yield case("bad-token", "GET", "/v1/users/me", Authorization="Bearer nope")
    yield case("bad-token-no-version", "GET", "/v1/users/me", **{"Authorization": "Bearer nope", "Notion-Version": None})
    yield case("no-version", "GET", "/v1/users/me", **{"Notion-Version": None})
    yield case("unknown-version", "GET", "/v1/users/me", **{"Notion-Version": "2099-01-01"})
    yield case("empty-version", "GET", "/v1/users/me", **{"Notion-Version": ""})
    yield case("long-version", "GET", "/v1/users/me", **{"Notion-Version": "x" * 60})
    yield case("old-version-data-source", "GET", f"/v1/data_sources/{source}", **{"Notion-Version": "2022-06-28"})
    yield case("old-version-query", "POST", query, {}, **{"Notion-Version": "2022-06-28"})
    yield case("new-version-database-query", "POST", f"/v1/databases/{database}/query", {})
    yield case("unknown-route", "GET", "/v1/nonexistent/xyz")
    yield case("unknown-route-no-token", "GET", "/v1/nonexistent", Authorization=None)
    yield case("wrong-method", "GET", "/v1/search")
    yield case("wrong-method-delete", "DELETE", "/v1/users/me")
    yield case("put-page", "PUT", f"/v1/pages/{page}")
    yield case("root", "GET", "/v1")

    # The body as such.
    yield case("bad-json", "POST", "/v1/search", b"{")
    yield case("bad-json-no-token", "POST", "/v1/search", b"{", Authorization=None)
    yield case("bad-json-unknown-route", "POST", "/v1/nope", b"{")
    yield case("scalar-json", "POST", "/v1/search", b"1")
    yield case("array-json", "POST", "/v1/search", [])
    yield case("empty-json", "POST", "/v1/search", b"")
    yield case("too-large", "POST", "/v1/search", b'{"query":"' + b"x" * 512_000 + b'"}')
    yield case("other-type", "POST", "/v1/search", b"{", **{"Content-Type": "text/plain"})

    # Ids and objects.
    for kind in ("pages", "blocks", "databases", "data_sources", "users"):
        yield case(f"unknown-{kind}", "GET", f"/v1/{kind}/{UNKNOWN}")
        yield case(f"bad-uuid-{kind}", "GET", f"/v1/{kind}/AAA")
    yield case("upper-case-page", "GET", f"/v1/pages/{UNKNOWN.replace('8000', 'ABCD')}")
    yield case("unknown-children", "GET", f"/v1/blocks/{UNKNOWN}/children")
    yield case("unknown-query", "POST", f"/v1/data_sources/{UNKNOWN}/query", {})
    yield case("unknown-comments", "GET", f"/v1/comments?block_id={UNKNOWN}")
    yield case("comments-of-database", "GET", f"/v1/comments?block_id={database}")
    yield case("page-is-database", "GET", f"/v1/pages/{database}")

    # Query strings.
    yield case("unknown-key", "GET", "/v1/users?foo=1")
    yield case("two-unknown-keys", "GET", "/v1/users?foo=1&bar=x")
    yield case("page-size-text", "GET", "/v1/users?page_size=abc")
    yield case("key-twice", "GET", "/v1/users?page_size=1&page_size=2")
    yield case("key-list", "GET", "/v1/users?foo[]=1")
    yield case("key-object", "GET", "/v1/users?foo[a]=1")
    yield case("me-unknown-key", "GET", "/v1/users/me?x=true")
    yield case("filter-properties-elsewhere", "GET", f"/v1/databases/{database}?filter_properties=title")
    yield case("filter-properties-object", "GET", f"/v1/pages/{page}?filter_properties[x]=a")
    yield case("comments-no-block", "GET", "/v1/comments")
    yield case("comments-bad-block", "GET", "/v1/comments?block_id=AAA")
    yield case("comments-page-size", "GET", f"/v1/comments?block_id={page}&page_size=101")
    yield case("long-value", "GET", f"/v1/users?foo={'x' * 80}")

    # Cursors.
    yield case("users-bad-cursor", "GET", "/v1/users?start_cursor=bogus")
    yield case("children-bad-cursor", "GET", f"/v1/blocks/{page}/children?start_cursor=bogus")
    yield case("children-unknown-cursor", "GET", f"/v1/blocks/{page}/children?start_cursor={UNKNOWN}")
    yield case("comments-unknown-cursor", "GET", f"/v1/comments?block_id={page}&start_cursor={UNKNOWN}")
    yield case("search-bad-cursor", "POST", "/v1/search", {"start_cursor": "bogus"})
    yield case("search-unknown-cursor", "POST", "/v1/search", {"start_cursor": UNKNOWN})
    yield case("query-bad-cursor", "POST", query, {"start_cursor": "bogus"})
    yield case("query-empty-cursor", "POST", query, {"start_cursor": ""})

    # Bodies.
    yield case("body-on-get", "GET", "/v1/users/me", {"a": 1})
    yield case("search-unknown-key", "POST", "/v1/search", {"foo": 1})
    yield case("search-query-number", "POST", "/v1/search", {"query": 1})
    yield case("search-page-size-text", "POST", "/v1/search", {"page_size": "x"})
    yield case("search-filter-value", "POST", "/v1/search", {"filter": {"property": "object", "value": "bogus"}})
    yield case("search-filter-empty", "POST", "/v1/search", {"filter": {}})
    yield case("search-filter-database", "POST", "/v1/search", {"filter": {"property": "object", "value": "database"}})
    yield case("search-sort-empty", "POST", "/v1/search", {"sort": {}})
    yield case("search-sort-direction", "POST", "/v1/search", {"sort": {"direction": "up"}})
    yield case("search-sort-text", "POST", "/v1/search", {"sort": "x"})
    yield case("search-sort-property", "POST", "/v1/search", {"sort": {"property": "title"}})
    yield case("search-sort-no-direction", "POST", "/v1/search", {"sort": {"timestamp": "last_edited_time"}})
    yield case("query-unknown-key", "POST", query, {"foo": 1, "bar": 2})
    yield case("query-page-size-0", "POST", query, {"page_size": 0})
    yield case("query-page-size-fraction", "POST", query, {"page_size": 1.5})
    yield case("query-page-size-text", "POST", query, {"page_size": "x"})
    yield case("query-sorts-object", "POST", query, {"sorts": {}})
    yield case("query-sorts-empty-item", "POST", query, {"sorts": [{}]})
    yield case("query-sort-unknown", "POST", query, {"sorts": [{"property": "Nope", "direction": "ascending"}]})
    yield case("query-filter-text", "POST", query, {"filter": "x"})
    yield case("query-filter-empty", "POST", query, {"filter": {}})
    yield case("query-filter-and-empty-item", "POST", query, {"filter": {"and": [{}]}})
    yield case("query-filter-deep", "POST", query, {"filter": {"and": [{"or": [{}]}]}})
    yield case("query-filter-unknown", "POST", query, {"filter": {"property": "Nope", "checkbox": {"equals": True}}})
    yield case(
        "query-sort-before-filter",
        "POST",
        query,
        {
            "sorts": [{"property": "Zero", "direction": "ascending"}],
            "filter": {"property": "Nope", "checkbox": {"equals": True}},
            "start_cursor": "bogus",
        },
    )
    yield case("query-filter-properties", "POST", f"{query}?filter_properties=Nope", {})
    yield case("query-result-type", "POST", query, {"result_type": "x"})
    yield case("query-body-before-lookup", "POST", f"/v1/data_sources/{UNKNOWN}/query", {"page_size": 0})
    yield case("query-lookup-before-cursor", "POST", f"/v1/data_sources/{UNKNOWN}/query", {"start_cursor": "bogus"})


class Server:
    def __init__(self, base, token):
        self.base, self.token, self.http = base, token, httpx.Client(timeout=30)

    def send(self, method, path, headers, body):
        sent = {"Authorization": f"Bearer {self.token}", "Notion-Version": VERSION}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers)
        sent = {name: value for name, value in sent.items() if value is not None}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self.http.request(method, self.base + path, headers=sent, content=content)

    def found(self):
        """The objects that the cases are about: a page with blocks, a data source with rows."""
        search = self.send("POST", "/v1/search", {}, {}).json()["results"]
        ids = {}
        for item in search:
            if item["object"] == "data_source" and "source" not in ids:
                rows = self.send("POST", f"/v1/data_sources/{item['id']}/query", {}, {}).json()["results"]
                if len(rows) > 1:
                    ids.update(source=item["id"], database=item["parent"]["database_id"], row=rows[0]["id"])
            if item["object"] == "page" and item["parent"]["type"] in ("page_id", "workspace") and "page" not in ids:
                blocks = self.send("GET", f"/v1/blocks/{item['id']}/children", {}, None).json()["results"]
                if len(blocks) > 1:
                    ids["page"] = item["id"]
        return ids


def facts(response, ids):
    """What is compared: status, code, words with ids masked; or status and keys."""
    body = response.json()
    keys = list(body)
    if response.status_code >= 400:
        message = body.get("message", "")
        for name, value in ids.items():
            message = message.replace(value, f"<{name}>").replace(value.replace("-", ""), f"<{name}>")
        # The stub names no integration in its 404s.
        message = message.split(" Make sure the relevant")[0]
        return response.status_code, body.get("code"), UUID.sub("<id>", message)
    results = body.get("results")
    first = sorted(results[0]) if results else None
    return response.status_code, tuple(sorted(keys)), body.get("type"), tuple(first or ())


def loosened(name, seen):
    """Objects carry keys that the stub lacks or adds for older versions; those two are listed here."""
    if seen[0] != 200:
        return seen
    ignored = {"archived", "database_type"}
    return tuple(
        tuple(key for key in part if key not in ignored) if isinstance(part, tuple) else part for part in seen
    )


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(" ", 1) for line in file if line.strip() and not line.startswith("#")]
    differences = {line[0]: line[1] for line in lines}
    ours = Server(os.environ["EMULATOR_URL"], os.environ["EMULATOR_TOKEN"])
    passed = failed = 0
    with backlot.serve() as stub:
        theirs = Server(f"{stub.base_url}/notion", stub.token)
        our_ids, their_ids = ours.found(), theirs.found()
        pairs = zip(cases(our_ids), cases(their_ids), strict=True)
        for ours_case, theirs_case in pairs:
            name = ours_case[0]
            left = loosened(name, facts(ours.send(*ours_case[1:]), our_ids))
            right = loosened(name, facts(theirs.send(*theirs_case[1:]), their_ids))
            same, known = left == right, name in differences
            ok = same != known
            passed, failed = passed + ok, failed + (not ok)
            note = "" if same else (f"known: {differences[name]}" if known else "DIFFERS")
            if same and known:
                note = "listed as a difference, but the same"
            print(f"{'ok  ' if ok else 'FAIL'} {name:32} {left[0]} {str(left[1])[:40] if left[0] != 200 else ''} {note}")
            if not ok:
                print(f"     emulator: {left}\n     stub:     {right}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
