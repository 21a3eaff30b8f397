// An identity provider on a free port. Each line on stdin is what it is from then on: its keys, the clients with
// what their tokens claim, how long these live, how far its clock is off, and whether it answers at all; it says its
// issuer when that is so.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

// The packages are somewhere else than this file: in the folder that is named to it.
const packages = createRequire(`${process.argv[2]}/`)
const { default: Provider } = await import(pathToFileURL(packages.resolve('oidc-provider')))

const now = Date.now
let current = null
const server = createServer((request, response) => current(request, response))
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${server.address().port}`

function provider({ jwks, clients, lifetime_s, algorithm }) {
  return new Provider(issuer, {
    jwks,
    clients: Object.keys(clients).map((name) => ({
      client_id: name,
      client_secret: `${name} secret`,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: algorithm,
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'api',
          audience: resource,
          accessTokenTTL: lifetime_s,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    extraTokenClaims: (_, token) => clients[token.clientId],
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line)
  Date.now = () => now() + wanted.clock_off_s * 1000
  current = wanted.silent ? (request) => request.socket.destroy() : provider(wanted).callback()
  process.stdout.write(`issuer ${issuer}\n`)
}
process.exit(0)
