# Runs a machine in moto's Step Functions interpreter, in this process, with functions that do as they are told.
# In: {"definition", "plan", "scenarios": [[{"state", "error", "times"}]]}. Out: [{"status", "error", "cause", "calls"}].
import copy, json, os, sys, threading, time, types

os.environ.update(AWS_ACCESS_KEY_ID='test', AWS_SECRET_ACCESS_KEY='any', AWS_DEFAULT_REGION='us-east-1')
import boto3
from moto import mock_aws
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

given = json.load(sys.stdin)
region = 'us-east-1'
calls = {}
lock = threading.Lock()


def finished(payload):
    error = payload['ended'].get('error')
    if not error:
        return {'status': 'AVAILABLE', 'error': '', 'cause': ''}
    status = 'CANCELLED' if error['Error'] == 'CancelledError' else 'FAILED'
    return {'status': status, 'error': error['Error'], 'cause': error.get('Cause') or 'no cause'}


def succeed(token):
    boto3.client('stepfunctions', region_name=region).send_task_success(taskToken=token, output='{}')


def invoke(parameters, region, state_credentials):
    state = parameters['FunctionName']
    payload = json.loads(parameters['Payload'])
    number = int(payload['image'])
    with lock:
        calls.setdefault(number, []).append(state)
        nth = calls[number].count(state)
    token = payload.get('token')
    if not payload['execution'].endswith(f':execution:build:{number}'):
        raise RuntimeError(f"{state} was told of {payload['execution']}")
    answered = {'StatusCode': 200, 'ExecutedVersion': '1'}
    for fault in given['scenarios'][number]:
        if fault['state'] != state or nth > fault['times']:
            continue
        if fault['error'] == 'silence':
            return {**answered, 'Payload': {}}
        told = {'errorType': fault['error'], 'errorMessage': fault['error'] + ' as told'}
        return {**answered, 'FunctionError': 'Unhandled', 'Payload': told}
    if token:
        # moto does not hear of an answer that comes before the function has returned.
        threading.Timer(0.3, succeed, [token]).start()
    if state == 'PrepareImage':
        return {**answered, 'Payload': given['plan']}
    return {**answered, 'Payload': finished(payload) if state == 'FinishImage' else {}}


lambda_eval_utils._invoke_lambda_function = invoke
# At each start moto copies the machine with all that hangs on it, and cannot while an execution runs.
models.copy = types.SimpleNamespace(deepcopy=copy.copy)

with mock_aws(config={'stepfunctions': {'execute_state_machine': True}, 'lambda': {'use_docker': False}}):
    machines = boto3.client('stepfunctions', region_name=region)
    role = 'arn:aws:iam::123456789012:role/any'

    arn = machines.create_state_machine(name='build', definition=json.dumps(given['definition']), roleArn=role)
    started = [
        # Without a name moto calls every execution `None`.
        machines.start_execution(
            stateMachineArn=arn['stateMachineArn'], name=str(number), input=json.dumps({'image': str(number)})
        )
        for number in range(len(given['scenarios']))
    ]
    endings = []
    end = time.time() + 90
    for number, execution in enumerate(started):
        while True:
            told = machines.describe_execution(executionArn=execution['executionArn'])
            if told['status'] != 'RUNNING' or time.time() > end:
                break
            time.sleep(0.05)
        endings.append({
            'status': told['status'], 'error': told.get('error'), 'cause': told.get('cause'), 'calls': calls.get(number, []),
        })

print(json.dumps(endings))
