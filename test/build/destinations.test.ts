import { expect, it } from 'vitest';
import { assertParametersOnce } from '../../shared/build/destinations.ts';

const own = '123456789012';
const naming = (...parameters: [name: string, account?: string][]) => [
  {
    ...{ region: 'us-east-1', name: 'web', amiTags: {} },
    ssmParameterConfigurations: parameters.map(([parameterName, amiAccountId]) => ({
      ...{ parameterName, dataType: 'text' as const },
      ...(amiAccountId && { amiAccountId }),
    })),
  },
];

it.each([
  [['/images/web'], ['/images/web', own]],
  [
    ['web', '111111111111'],
    ['/web', '111111111111'],
  ],
] as [string, string?][][])(
  'a parameter that is named twice, with and without its account or slash, is refused',
  (...parameters) => {
    expect(() => assertParametersOnce(naming(...parameters), own)).toThrow(
      /^The distribution to us-east-1 names SSM parameter \/\S*web of account \d{12} twice: the account of the stack is meant where there is no amiAccountId\. Remove one of them\.$/,
    );
  },
);

it('the same name in two accounts is two parameters', () => {
  expect(() => assertParametersOnce(naming(['/images/web'], ['/images/web', '111111111111']), own)).not.toThrow();
});
