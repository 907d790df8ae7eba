"""A gRPC server that takes every unary call and answers with the message given, in hexadecimal: prints its port, then a
line of JSON a call, {"path": ..., "message": base64}. Needs grpc, Debian's python3-grpcio: run it with /usr/bin/python3."""

import base64
import concurrent.futures
import json
import sys

import grpc

ANSWER = bytes.fromhex(sys.argv[1])


class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        def take(message, _):
            print(json.dumps({"path": details.method, "message": base64.b64encode(message).decode()}), flush=True)
            return ANSWER
        return grpc.unary_unary_rpc_method_handler(take)


server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), handlers=[Handler()])
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
