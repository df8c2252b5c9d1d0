/** A kind that has one of everything our kinds use. */
export const WIDGET_CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.conformance.example
spec:
  group: conformance.example
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}
    selectableFields: [{jsonPath: .spec.mode}]
    additionalPrinterColumns:
    - {name: Replicas, type: integer, jsonPath: .spec.replicas, description: How many.}
    - {name: Mode, type: string, jsonPath: .spec.mode}
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Size, type: string, jsonPath: .spec.size, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A widget does what widgets do.
        required: [spec]
        x-kubernetes-validations:
        - {rule: "self.metadata.name.size() <= 20", message: "a name has at most 20 characters"}
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [mode]
            x-kubernetes-validations:
            - {rule: "self.replicas % 2 == 1 || self.mode != 'odd'", messageExpression: "self.replicas > 4 ? 'mode odd and many replicas' : 'mode odd does not go with an even number'", fieldPath: .replicas}
            - {rule: "!has(oldSelf.kind) || (has(self.kind) && self.kind == oldSelf.kind)", message: "kind cannot change", fieldPath: .kind, reason: FieldValueForbidden}
            - {rule: "!has(self.size) || quantity(self.size).isGreaterThan(quantity('1Mi'))", message: "size must be more than 1Mi"}
            properties:
              mode: {type: string, enum: [odd, even, any], description: Which numbers are allowed.}
              kind: {type: string, maxLength: 8, pattern: '^[a-z]+$'}
              replicas: {type: integer, minimum: 0, maximum: 9, default: 3, description: How many there are.}
              size: {type: string, x-kubernetes-validations: [{rule: "self == oldSelf || quantity(self).compareTo(quantity(oldSelf)) >= 0", message: "size cannot shrink"}]}
              ratio: {type: number, exclusiveMinimum: true, minimum: 0}
              paused: {type: boolean}
              config: {type: object, additionalProperties: {type: string}, maxProperties: 3}
              ports:
                type: array
                maxItems: 3
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string}
                    port: {type: integer, minimum: 1}
                    note: {type: string}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              order: {type: array, items: {type: string}}
              target: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              retention: {type: object, default: {}, properties: {days: {type: integer, default: 7}}}
          status:
            type: object
            properties:
              replicas: {type: integer}
              selector: {type: string}
              observedGeneration: {type: integer}
              conditions:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [type]
                items:
                  type: object
                  required: [type, status]
                  properties:
                    type: {type: string}
                    status: {type: string}
                    reason: {type: string}
                    message: {type: string}
                    lastTransitionTime: {type: string, format: date-time}
`;

export interface WidgetSpec {
  readonly [field: string]: unknown;
}

export function widget(
  name: string,
  spec: WidgetSpec,
  metadata: Record<string, unknown> = {},
): object {
  return {
    apiVersion: 'conformance.example/v1',
    kind: 'Widget',
    metadata: { name, ...metadata },
    spec,
  };
}

export const WIDGETS = '/apis/conformance.example/v1/namespaces/NS/widgets';
