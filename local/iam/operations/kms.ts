// Calls of KMS: whether a role may make them, KMS decides itself, for a key's own policy and grants count besides the role's. Others are for accounts, not for roles.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
import type { Needs } from '../need.ts';

export const kmsNeeds: Needs = {
  DescribeKey: () => [],
  GetKeyPolicy: () => [],
  ListGrants: () => [],
};
