// What the operations of Auto Scaling need of a role: it may look; only an account's own keys make groups here.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
import { anywhere, type Needs } from '../need.ts';

export const autoscalingNeeds: Needs = {
  DescribeAutoScalingGroups: anywhere('autoscaling:DescribeAutoScalingGroups'),
  DescribeLaunchConfigurations: anywhere('autoscaling:DescribeLaunchConfigurations'),
};
