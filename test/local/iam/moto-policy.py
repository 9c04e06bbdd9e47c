# Asks moto's IAM what policies mean. In: [{"statement", "action", "resource", "context"}]. Out: [true | false | "error"].
import json, sys

from moto.iam.access_control import IAMPolicy, PermissionResult

answers = []
for case in json.load(sys.stdin):
    policy = {'policy_document': json.dumps({'Version': '2012-10-17', 'Statement': case['statement']})}
    try:
        result = IAMPolicy(policy).is_action_permitted(
            case['action'], case['resource'], incoming_condition_values=case['context']
        )
        answers.append(result == PermissionResult.PERMITTED)
    except Exception as error:
        answers.append(f'{type(error).__name__}')
print(json.dumps(answers))
