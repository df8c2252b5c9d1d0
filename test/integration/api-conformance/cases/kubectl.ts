import type { ConformanceCase } from '../case.ts';
import { WIDGETS } from '../widget-crd.ts';

const WIDGET = `
apiVersion: conformance.example/v1
kind: Widget
metadata: {name: one, labels: {app: demo}}
spec:
  mode: any
  size: 2Mi
  config: {a: "1"}
  ports: [{name: http, port: 80}, {name: admin, port: 81}]
  tags: [red, blue]
`;
const CHANGED = WIDGET.replace('mode: any', 'mode: odd')
  .replace('a: "1"', 'b: "2"')
  .replace(', {name: admin, port: 81}', '');
const WORDS = WIDGET.replace('mode: any', 'mode: {"no": 1}').replace('a: "1"', 'a: 1');

export const kubectlCases: readonly ConformanceCase[] = [
  {
    name: 'kubectl applies, shows and changes a custom resource',
    steps: [
      { kubectl: 'apply -f -', stdin: WIDGET },
      { kubectl: 'get widgets' },
      { kubectl: 'get wd one -o wide' },
      { kubectl: 'get wd one -o yaml' },
      { kubectl: 'apply -f -', stdin: WIDGET },
      {
        kubectl: 'diff -f -',
        stdin: CHANGED,
        env: { KUBECTL_EXTERNAL_DIFF: 'diff -u --label live --label merged' },
      },
      { kubectl: 'apply -f -', stdin: CHANGED },
      { kubectl: 'get wd one -o jsonpath={.spec}' },
      { kubectl: 'get wd -l app=demo,!other --field-selector spec.mode=odd -o name' },
      { kubectl: 'get wd --field-selector spec.kind=x' },
      { kubectl: 'get all -o name' },
    ],
  },
  {
    name: 'kubectl labels, annotates, scales and patches',
    steps: [
      { kubectl: 'create -f -', stdin: WIDGET },
      { kubectl: 'label widget one tier=gold' },
      { kubectl: 'label widget one tier=silver' },
      { kubectl: 'label widget one app- tier=silver --overwrite' },
      { kubectl: 'annotate widget one note=hello' },
      { kubectl: 'annotate widget one note-' },
      { kubectl: 'scale widget one --replicas=5' },
      { kubectl: 'scale widget one --replicas=1 --current-replicas=3' },
      { kubectl: 'scale widget one --replicas=12' },
      { kubectl: `patch widget one --type=merge -p '{"spec":{"paused":true}}'` },
      {
        kubectl: `patch widget one --type=json -p '[{"op":"replace","path":"/spec/mode","value":"even"}]'`,
      },
      {
        kubectl: `patch widget one --type=json -p '[{"op":"test","path":"/spec/mode","value":"odd"}]'`,
      },
      { kubectl: `patch widget one --type=strategic -p '{"spec":{"paused":false}}'` },
      {
        kubectl: `patch widget one --subresource=status --type=merge -p '{"status":{"replicas":5,"selector":"a=b","conditions":[{"type":"Ready","status":"True"}]}}'`,
      },
      { kubectl: 'get widget one --subresource=scale -o yaml' },
      { kubectl: 'wait --for=condition=Ready widget/one --timeout=5s' },
      { kubectl: `wait --for=jsonpath={.spec.mode}=even widget/one --timeout=5s` },
      { request: `GET ${WIDGETS}/one`, only: ['metadata.managedFields', 'spec', 'status'] },
      { kubectl: 'delete widget one' },
      { kubectl: 'get widget one' },
      { kubectl: 'wait --for=delete widget/one --timeout=5s' },
    ],
  },
  {
    name: 'kubectl edits',
    steps: [
      { kubectl: 'create -f -', stdin: WIDGET },
      { kubectl: 'edit widget one', env: { KUBE_EDITOR: 'sed -i s/mode:.any/mode:\\ even/' } },
      { kubectl: 'get widget one -o jsonpath={.spec.mode}' },
      { kubectl: 'edit widget one', env: { KUBE_EDITOR: 'true' } },
      { kubectl: 'create configmap c --from-literal=a=1' },
      { kubectl: 'edit configmap c', env: { KUBE_EDITOR: 'sed -i s/^..a:.*$/  b: two/' } },
      { kubectl: 'get configmap c -o jsonpath={.data}' },
    ],
  },
  {
    name: 'kubectl applies on the server',
    steps: [
      { kubectl: 'apply --server-side -f -', stdin: WIDGET },
      { kubectl: 'apply --server-side -f -', stdin: WIDGET },
      { kubectl: 'apply --server-side --field-manager=other -f -', stdin: CHANGED },
      {
        kubectl: 'apply --server-side --field-manager=other --force-conflicts -f -',
        stdin: CHANGED,
      },
      { request: `GET ${WIDGETS}/one`, only: ['metadata.managedFields', 'spec', 'status'] },
      {
        kubectl: 'apply --server-side -f -',
        stdin: WIDGET.replace('mode: any', 'mode: any\n  bogus: 1'),
      },
      { kubectl: 'apply --server-side -f -', stdin: WORDS },
      {
        kubectl: 'apply --server-side --dry-run=server -f -',
        stdin: WIDGET.replace('name: one', 'name: two'),
      },
      { kubectl: 'get widgets -o name' },
    ],
  },
  {
    name: 'kubectl explains',
    steps: [
      { kubectl: 'explain widget' },
      { kubectl: 'explain widget.spec' },
      { kubectl: 'explain widget.spec.ports.port' },
      { kubectl: 'explain widget.spec --recursive' },
      { kubectl: 'explain widget.spec.nothing' },
    ],
  },
  {
    name: 'kubectl refuses what the schema does not know',
    steps: [
      {
        kubectl: 'apply -f -',
        stdin: WIDGET.replace('mode: any', 'mode: any\n  bogus: 1\n  retention: {weeks: 1}'),
      },
      {
        kubectl: 'apply --validate=warn -f -',
        stdin: WIDGET.replace('mode: any', 'mode: any\n  bogus: 1'),
      },
      { kubectl: 'apply -f -', stdin: WIDGET.replace('kind: Widget', 'kind: Wodget') },
      { kubectl: 'apply -f -', stdin: WIDGET.replace('name: one', 'name: One_') },
      { kubectl: 'create -f -', stdin: WIDGET },
      { kubectl: `patch widget one --type=merge -p '{"spec":{"nonsense":true}}'` },
    ],
  },
  {
    name: 'kubectl describes',
    steps: [
      { kubectl: 'create -f -', stdin: WIDGET },
      { kubectl: 'describe widget one' },
      { kubectl: 'describe widget none' },
      { kubectl: 'get nonsense' },
    ],
  },
  {
    name: 'kubectl works with built-in kinds',
    steps: [
      { kubectl: 'create configmap c --from-literal=a=1 --from-literal=b=2' },
      { kubectl: 'get configmap c' },
      { kubectl: 'create secret generic s --from-literal=password=x' },
      { kubectl: 'get secrets' },
      { kubectl: 'create serviceaccount robot' },
      { kubectl: 'create role r --verb=get --resource=pods' },
      { kubectl: 'create rolebinding b --role=r --serviceaccount=NS:robot' },
      { kubectl: 'get role,rolebinding' },
      { kubectl: 'create service clusterip web --tcp=80:8080' },
      { kubectl: 'get service' },
      { kubectl: 'get service web -o yaml' },
      { kubectl: 'create poddisruptionbudget p --selector=a=b --min-available=1' },
      { kubectl: 'get pdb' },
      { kubectl: 'get ns NS' },
      { kubectl: 'get leases' },
      { kubectl: 'get events' },
      { kubectl: 'delete configmap,secret --all' },
    ],
  },
];
