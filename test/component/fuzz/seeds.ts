// Documents that use everything the language has, for mutations to begin with.

export const seeds: readonly string[] = [
  `name: example
description: "parameters, chains, templates"
schemaVersion: 1.0
parameters:
  - Source: {type: string, default: 'https://example.com', description: where}
  - Count: {type: string, default: 007}
constants:
  - Ratio:
      type: string
      value: 1.10
phases:
  - name: build
    disableLogging: false
    steps: &steps
      - name: GetName
        action: ExecuteBash
        timeoutSeconds: -1
        inputs:
          commands:
            - echo -n {{ Source }}
            - |
              cat <<END
              {{ .Go }} "quoted" 'text' {{ loop.value }}
              END
      - name: UseName
        action: ExecuteBash
        onFailure: Continue
        maxAttempts: 3
        inputs: {commands: ["echo {{ build.GetName.outputs.stdout }} {{ Ratio }} {{ build.GetName.inputs.commands }}"]}
  - name: validate
    steps: *steps
`,
  `schemaVersion: "1.0"
disableLogging: true
parameters:
  - Pattern: {type: string, default: '^[a-z]+$'}
phases:
  - name: build
    steps:
      - name: Conditional
        action: ExecuteBash
        if:
          and:
            - or:
                - not: {fileExists: '/etc/{{ Pattern }}'}
                - patternMatches: '^(?:a|b[\\]c-]{1,3})\\d+?$'
                  value: "{{ Pattern }}"
            - numberLessThan: 1e3
              value: '1.50'
            - {stringEquals: Text, value: text}
            - {fileSHA256Equals: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, path: /a}
          then: Execute
          else: Abort
        inputs: {commands: ['true']}
      - name: Pattern
        action: ExecuteBash
        if: {patternMatches: '{{ Pattern }}', value: '{{ build.Conditional.outputs[0].stdout }}'}
        then: Skip
        disableLogging: true
        inputs: {commands: ['true']}
      - name: Check
        action: Assert
        inputs: {not: {stringIsEmpty: '{{ aws:ssm:resolve(Pattern) }}'}}
`,
  `schemaVersion: 1
phases:
  - name: build
    steps:
      - name: Numbers
        action: ExecuteBash
        loop: {name: Count, for: {start: 10, end: 1, updateBy: -3}}
        inputs: {commands: ['echo {{ Count.value }} {{ loop.index }}']}
      - name: Listed
        action: CreateFile
        loop: {forEach: ["it's", 1.10, '{{ build.Numbers.outputs.stdout }}']}
        inputs:
          - {path: '/tmp/{{ loop.value }}', content: "{{ aws:ssm:/a/b }}", overwrite: false, permissions: 0644}
          - path: /tmp/b
      - name: Pieces
        action: ExecuteBinary
        loop:
          forEach: {list: '{{ build.Numbers.outputs.stdout }}', delimiter: "\\n"}
        inputs: {path: /bin/echo, arguments: ['{{ loop.value }}', '{{ build.Listed.inputs[1].path }}']}
      - {name: Restart, action: Reboot, inputs: {delaySeconds: 1}}
      - {name: Fetch, action: WebDownload, maxAttempts: 2, inputs: [{source: 'https://example.com/a', destination: /tmp/a}]}
      - {name: Copy, action: S3Download, inputs: [{source: 's3://bucket/key', destination: /tmp/a, expectedBucketOwner: 012345678901}]}
      - {name: Update, action: UpdateOS, onFailure: Ignore}
  - name: test
    steps:
      - name: Nested
        action: ExecuteDocument
        inputs:
          document: inner.yml
          phases: build,validate
          parameters: [{name: Known, value: text}, {name: Later, value: '{{ loop.value }}'}]
`,
];

export const innerDocument = `schemaVersion: 1.0
parameters:
  - Known: {type: string}
  - Later: {type: string, default: ''}
phases:
  - name: build
    steps:
      - {name: Print, action: ExecuteBash, inputs: {commands: ['echo "{{ Known }} {{ Later }}"']}}
`;
