// A serverless plugin: names the published version of every function to the state machine, so that a deployment does
// not swap the code of running builds. The logical id of a version ends in a hash that only the packager knows.
const pascal = (name) => name.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());

module.exports = class FunctionVersions {
  constructor(serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
        const { naming } = serverless.getProvider('aws');
        const { Definition, DefinitionSubstitutions } = Resources.BuildImageStateMachine.Properties;
        const definition = JSON.stringify(Definition);
        for (const name of serverless.service.getAllFunctions()) {
          if (!definition.includes('${' + pascal(name) + '}')) continue;
          const logicalId = naming.getLambdaLogicalId(name);
          const [version] = Object.entries(Resources).find(
            ([, { Type, Properties }]) => Type === 'AWS::Lambda::Version' && Properties.FunctionName.Ref === logicalId,
          );
          DefinitionSubstitutions[pascal(name)] = { Ref: version };
        }
      },
    };
  }
};
