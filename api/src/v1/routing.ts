import { type Static, Type } from 'typebox';
import { closed } from './structural.ts';
import { textMap } from './text-map.ts';

const serviceSchema = Type.Object(
  {
    type: Type.Optional(
      Type.Enum(['ClusterIP', 'NodePort', 'LoadBalancer'], {
        type: 'string',
        default: 'ClusterIP',
        description: 'From where they can be reached.',
      }),
    ),
    annotations: Type.Optional(
      textMap('annotations', 'Annotations for them, as load balancers of clouds want them.'),
    ),
  },
  { ...closed, description: 'The Services NAME-primary, NAME-replicas and NAME-any.' },
);

export const routingSchema = Type.Object(
  { service: Type.Optional(serviceSchema) },
  { ...closed, description: 'How clients reach the members.' },
);

export type Routing = Static<typeof routingSchema>;
