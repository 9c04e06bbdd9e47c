// Gateways of regions in the stack's own account and in those it distributes to; apart, so that other functions bundle no STS.
import { type AccountCredentials, credentialsIn } from '../aws/account-credentials.ts';
import { amiSettingsOf } from '../aws/ami-settings.ts';
import { launchTemplatesOf } from '../aws/launch-templates.ts';
import { publishedParametersOf } from '../aws/published-parameters.ts';

/** One gateway per region and account, made when it is first asked for; without an account, in the stack's own. */
export function perPlace<Gateway>(
  make: (region: string, credentials?: () => Promise<AccountCredentials>, account?: string) => Gateway,
): (region: string, accountId?: string) => Gateway {
  const made = new Map<string, Gateway>();
  return (region, accountId) => {
    const place = `${region} ${accountId ?? ''}`;
    const known = made.get(place) ?? make(region, accountId ? credentialsIn(accountId) : undefined, accountId);
    made.set(place, known);
    return known;
  };
}

/** What targets of a publication are set through, beside AMIs. */
export const publishingReach = () => ({
  amiSettings: perPlace(amiSettingsOf),
  launchTemplates: perPlace(launchTemplatesOf),
  publishedParameters: perPlace(publishedParametersOf),
});
