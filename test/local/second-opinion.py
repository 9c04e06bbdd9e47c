# Sends the same calls to two endpoints with boto3, which neither of them was made with, and tells what each answered: first a moto server
# in this process, then the endpoint given. In: {"endpoint", "calls": [[service, operation, parameters, {name: path of the answer}]]}.
# Texts `$name` in parameters are replaced by what an earlier answer gave. Out: {"moto": [...], "ours": [...]}, each answer or {"code"}.
import json, sys, time

import boto3
import botocore
import botocore.parsers
from botocore.config import Config
from moto.server import ThreadedMotoServer

given = json.load(sys.stdin)


def filled(value, names):
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    return names[value[1:]] if isinstance(value, str) and value.startswith('$') else value


def at(answer, path):
    for key in path.split('.'):
        answer = answer[int(key) if key.isdigit() else key]
    return answer


def answers(endpoint):
    clients, names, told = {}, {}, []
    for service, operation, parameters, kept in given['calls']:
        client = clients.setdefault(service, boto3.client(
            service, endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='000000000000',
            aws_secret_access_key='any', config=Config(retries={'total_max_attempts': 1}, parameter_validation=False)))
        try:
            asked = filled(parameters, names)
            if operation.startswith('wait '):
                client.get_waiter(operation[5:]).wait(**asked, WaiterConfig={'Delay': 0.3, 'MaxAttempts': 200})
                told.append({})
                continue
            answer = getattr(client, operation)(**asked)
            answer.pop('ResponseMetadata')
            names.update({name: at(answer, path) for name, path in kept.items()})
            told.append(answer)
        except botocore.exceptions.ClientError as error:
            told.append({'code': error.response['Error']['Code']})
        except botocore.parsers.ResponseParserError:
            told.append({'code': 'no answer but a fault of the server'})
        except botocore.exceptions.WaiterError as error:
            told.append({'code': f'not seen by the waiter: {error.kwargs["reason"]}'})
        except KeyError as error:
            told.append({'code': f'no {error} to ask with'})
    return told


def plain(value):
    return value.isoformat() if hasattr(value, 'isoformat') else f'<{type(value).__name__}>'


server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
try:
    print(json.dumps({'moto': answers(f'http://{host}:{port}'), 'ours': answers(given['endpoint'])}, default=plain))
finally:
    server.stop()
