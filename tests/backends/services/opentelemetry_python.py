"""A service traced by OpenTelemetry's SDK for Python: like opentelemetry-js.mjs."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

from opentelemetry import propagate
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

name, format, url, *rest = sys.argv[1:]
propagators = {"w3c": TraceContextTextMapPropagator, "b3": B3SingleFormat, "b3multi": B3MultiFormat}
propagate.set_global_textmap(CompositePropagator([propagators[format](), W3CBaggagePropagator()]))
provider = TracerProvider(resource=Resource.create({"service.name": name}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=url)))
tracer = provider.get_tracer("service")


def call_next(parent):
    """What the next service answers, within a span of the call."""
    with tracer.start_as_current_span("GET", context=parent, kind=SpanKind.CLIENT) as span:
        headers = {}
        propagate.inject(headers, context=set_span_in_context(span, parent))
        return urlopen(Request(rest[0], headers=headers)).read()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        headers = {key.lower(): value for key, value in self.headers.items()}
        caller = propagate.extract(headers)
        with tracer.start_as_current_span("GET /call", context=caller, kind=SpanKind.SERVER) as span:
            answer = call_next(set_span_in_context(span, caller)) if rest else json.dumps(headers).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
