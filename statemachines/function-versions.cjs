// A serverless plugin: names the published version of every function to the state machine, so that a deployment does
// not swap the code of running builds. The logical id of a version ends in a hash that only the packager knows.
// The machine's role may invoke these functions, in any version: running builds keep the one they started with.
const pascal = (name) => name.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());

/** A definition names its integrations by ARN, and no pseudo parameter reaches into it. */
const partitionOf = (region) =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

module.exports = class FunctionVersions {
  constructor(serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
        const { naming } = serverless.getProvider('aws');
        const { Properties } = Resources.BuildImageStateMachine;
        const definition = JSON.stringify(Properties.Definition);
        const partition = partitionOf(serverless.getProvider('aws').getRegion());
        if (partition !== 'aws') Properties.Definition = JSON.parse(definition.replaceAll('"arn:aws:', `"arn:${partition}:`));
        const { Statement } = Resources.BuildImageRole.Properties.Policies[0].PolicyDocument;
        const invoke = Statement.find(({ Sid }) => Sid === 'InvokePhases');
        for (const name of serverless.service.getAllFunctions()) {
          if (!definition.includes('${' + pascal(name) + '}')) continue;
          const logicalId = naming.getLambdaLogicalId(name);
          const [version] = Object.entries(Resources).find(
            ([, { Type, Properties }]) => Type === 'AWS::Lambda::Version' && Properties.FunctionName.Ref === logicalId,
          );
          Properties.DefinitionSubstitutions[pascal(name)] = { Ref: version };
          invoke.Resource.push({ 'Fn::Sub': '${' + logicalId + '.Arn}:*' });
        }
      },
    };
  }
};
