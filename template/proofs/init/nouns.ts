/** Plurals whose singular `npm run new -- route` finds, with it, and names that collide with JavaScript or its types. */
export const REGULAR: Readonly<Record<string, string>> = Object.fromEntries(
  `
  accounts account, activities activity, addresses address, agents agent, agreements agreement, alerts alert,
  apis api, appointments appointment, apps app, archives archive, areas area, articles article,
  assets asset, attachments attachment, batches batch, bids bid, bills bill, boxes box, branches branch, brands brand,
  budgets budget, buildings building, businesses business, cameras camera, campaigns campaign, cards card, carts cart,
  cases case, categories category, channels channel, charges charge, cities city, claims claim, classes class,
  clients client, comments comment, companies company, connections connection, contacts contact, contracts contract,
  countries country, coupons coupon, courses course, credentials credential, currencies currency, curves curve,
  customers customer, databases database, dates date, days day, deliveries delivery, departments department,
  deployments deployment, devices device, discounts discount, dishes dish, documents document, domains domain,
  drivers driver, employees employee, entries entry, envelopes envelope, errands errand, events event, exams exam,
  exercises exercise, expenses expense, factories factory, features feature, fees fee, feeds feed, fields field,
  files file, filters filter, flights flight, folders folder, forms form, functions function, games game, gateways gateway,
  groups group, guests guest, guides guide, heirs heir, histories history, hosts host, hours hour, houses house,
  ideas idea, ids id, images image, imports import, incidents incident, inputs input, interfaces interface,
  invitations invitation, invoices invoice, issues issue, items item, jobs job, journeys journey, keys key, labels label,
  ledgers ledger, lessons lesson, licenses license, limits limit, lines line, listings listing, locations location,
  logos logo, machines machine, maps map, matches match, measures measure, members member, messages message,
  metrics metric, models model, months month, names name, networks network, notes note, notices notice, numbers number,
  objects object, offers offer, offices office, operations operation, order-items order-item, orders order,
  organizations organization, outputs output, packages package, pages page, parameters parameter, parcels parcel,
  partners partner, patients patient, payment-methods payment-method, payments payment, permissions permission,
  phases phase, photos photo, pizzas pizza, places place, plans plan, policies policy, posts post, preconditions precondition,
  prices price, prizes prize, problems problem, processes process, products product, profiles profile, projects project,
  promises promise, purchases purchase, queries query, questions question, queues queue, quotes quote, ratings rating,
  receipts receipt, records record, refunds refund, releases release, reports report, requests request,
  reservations reservation, resources resource, responses response, reviews review, revisions revision, roles role, rooms room,
  schedules schedule, searches search, seats seat, services service, sessions session, sets set, shipments shipment,
  sizes size, slots slot, statements statement, static-pages static-page, stores store, strings string, students student,
  subscriptions subscription, suppliers supplier, symbols symbol, tags tag, tasks task, taxes tax, teams team, tests test,
  tickets ticket, tokens token, topics topic, transactions transaction, trips trip, types type, units unit, updates update,
  uploads upload, urls url, usages usage, users user, values value, vehicles vehicle, versions version, videos video,
  visits visit, voices voice, votes vote, vouchers voucher, warehouses warehouse, watches watch, waves wave,
  webhooks webhook, weeks week, words word, workers worker, writes write, years year, zones zone
  `
    .split(',')
    .map((pair) => pair.trim().split(' ') as [string, string]),
);

/** Plurals, and words that could be one, whose singular has to be given. */
export const IRREGULAR: readonly string[] = `
  aliases analyses atlases axes bonuses buses caches calories campuses canvases children cookies crises criteria data
  diagnoses feet gases geese halves headaches heroes hypotheses indices irises knives leaves lenses lives loaves matrices
  media mice movies news niches oases people potatoes quizzes selfies series shelves species status statuses teeth theses
  ties tomatoes vertices viruses wives zombies sheep equipment class address bus canvas analysis
  `
  .trim()
  .split(/\s+/);
