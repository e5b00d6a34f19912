"""A model of a script: it calls the tools that it was told to, one after the other, and says then what it was told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model:
    """A server that speaks OpenAI's chat completions. `calls` is what it asks for in each round of the next turn."""

    def __init__(self):
        self.rounds, self.heard, self.offered = [], [], []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = json.dumps(model.answer(asked)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, asked):
        self.offered = [tool["function"]["name"] for tool in asked.get("tools", [])]
        self.heard = [message["content"] for message in asked["messages"] if message["role"] == "tool"]
        calls = self.rounds.pop(0) if self.rounds else []
        message = {"role": "assistant", "content": None if calls else "That is all."}
        if calls:
            message["tool_calls"] = [
                {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
                for number, (name, arguments) in enumerate(calls)
            ]
        return {
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }

    def stop(self):
        self.server.shutdown()
