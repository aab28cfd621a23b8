/** Secret keys of cloud providers and services. */

/**
 * Keys with a format that their issuers document for scanners.
 *
 * @see https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 */
export const serviceKeys: RegExp = new RegExp(
  [
    '(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ABIA|ACCA)[A-Z2-7]{16}', // AWS
    'AIza[\\w-]{35}', // Google
    'GOCSPX-[\\w-]{20,}',
    'ya29\\.[\\w-]{20,}',
    'gh[pousr]_[A-Za-z0-9]{30,}', // GitHub
    'github_pat_\\w{20,}',
    'gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent)-[\\w-]{16,}', // GitLab
    'xox[abeoprs]-[\\w-]{8,}', // Slack
    'xapp-[\\w-]{10,}',
    '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}', // Stripe
    'whsec_[\\w+/=-]{16,}',
    'sk-(?:ant-|proj-|svcacct-|or-)?[\\w-]{20,}', // OpenAI, Anthropic
    'SG\\.[\\w-]{16,}\\.[\\w-]{16,}', // SendGrid
    'npm_[A-Za-z0-9]{30,}',
    'pypi-[\\w-]{30,}',
    'hf_[A-Za-z0-9]{30,}', // Hugging Face
    'do[oprt]_v1_[0-9a-f]{40,}', // DigitalOcean
    'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}', // Shopify
    'sq0[a-z]{3}-[\\w-]{20,}', // Square
    'hv[sbr]\\.[\\w-]{20,}', // Vault
    'dp\\.(?:pt|st|ct|sa)\\.[\\w.-]{20,}', // Doppler
    'dapi[0-9a-f]{32}', // Databricks
    'key-[0-9a-f]{32}', // Mailgun
    '(?:AC|SK)[0-9a-f]{32}', // Twilio
    'EAA[A-Za-z0-9]{40,}', // Facebook
    'NRAK-[A-Z0-9]{20,}', // New Relic
    'lin_api_\\w{20,}',
    'PMAK-[\\w-]{20,}',
    'rubygems_[0-9a-f]{30,}',
    'AGE-SECRET-KEY-1[A-Z0-9]{40,}',
    '\\d{8,10}:AA[\\w-]{30,}', // Telegram
  ]
    .map((pattern) => `(?<![\\w-])${pattern}(?![\\w])`)
    .concat('(?<=hooks\\.slack\\.com/(?:services|workflows)/)[\\w/-]{8,}', '(?<=/api/webhooks/\\d{5,30}/)[\\w-]{8,}')
    .join('|'),
  'g',
);
